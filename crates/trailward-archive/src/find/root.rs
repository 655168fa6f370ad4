//! Where the search begins: what the user named may lie above, in or below `AWSLogs`.

use super::walk::{Owner, Spot, Step};
use super::{ROOT, Wanted};
use trailward_model::delivered::{DIGEST_FOLDER, LOG_FOLDER, is_account_id, is_organization_id};

/// The first step for `root`, which is empty or ends in `/`, and what it narrows the search to.
pub(super) fn read(root: &str, wanted: &Wanted) -> Result<(Step, Wanted), String> {
    let mut wanted = wanted.clone();
    let unknown = Step { prefix: root.to_owned(), spot: Spot::Top };
    let folders: Vec<&str> = root.split('/').collect();
    // The last one: a prefix may hold the name itself.
    let Some(at) = folders.iter().rposition(|name| *name == ROOT) else { return Ok((unknown, wanted)) };
    let mut tree = String::new();
    for folder in folders.iter().take(at) {
        tree.push_str(folder);
        tree.push('/');
    }
    let mut rest = folders.into_iter().skip(at + 1).filter(|name| !name.is_empty());
    let mut next = rest.next();
    let organization = next.filter(|name| is_organization_id(name)).map(str::to_owned);
    if organization.is_some() {
        next = rest.next();
    }
    let Some(account) = next else {
        let spot = match organization {
            Some(organization) => Spot::Organization { tree, organization },
            None => Spot::Tree { tree },
        };
        return Ok((Step { prefix: root.to_owned(), spot }, wanted));
    };
    if !is_account_id(account) {
        return Ok((unknown, wanted));
    }
    let owner = Owner { prefix: tree, organization, account: account.to_owned() };
    wanted.accounts = vec![account.to_owned()];
    let Some(kind) = rest.next() else {
        return Ok((Step { prefix: owner.folder(), spot: Spot::Account { owner, alone: true } }, wanted));
    };
    if kind != LOG_FOLDER && kind != DIGEST_FOLDER {
        return Ok((unknown, wanted));
    }
    if let Some(region) = rest.next() {
        wanted.regions = vec![region.to_owned()];
    }
    if rest.next().is_some() {
        return Err("it names a part of a Region's files; give the prefix above and a range of time".into());
    }
    // Digests without log files prove as little as log files without digests, so both are looked at.
    Ok((Step { prefix: owner.folder(), spot: Spot::Account { owner, alone: false } }, wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_may_lie_anywhere() {
        let owner = |prefix: &str, organization: Option<&str>| Owner {
            prefix: prefix.into(),
            organization: organization.map(str::to_owned),
            account: "111122223333".into(),
        };
        let tree = |tree: &str| Spot::Tree { tree: tree.into() };
        let unknown = Spot::Top;
        let cases = [
            ("", unknown.clone()),
            ("a/b/", unknown.clone()),
            ("AWSLogs/", tree("")),
            ("a/AWSLogs/", tree("a/")),
            ("AWSLogs/AWSLogs/", tree("AWSLogs/")),
            ("AWSLogs/x/AWSLogs/", tree("AWSLogs/x/")),
            ("/AWSLogs/", tree("/")),
            ("xAWSLogs/", unknown.clone()),
            ("AWSLogs/x/", unknown.clone()),
            ("AWSLogs/1111/", unknown),
            (
                "AWSLogs/o-exampleorgid/",
                Spot::Organization { tree: String::new(), organization: "o-exampleorgid".into() },
            ),
            ("a/AWSLogs/111122223333/", Spot::Account { owner: owner("a/", None), alone: true }),
            (
                "AWSLogs/o-exampleorgid/111122223333/CloudTrail/",
                Spot::Account { owner: owner("", Some("o-exampleorgid")), alone: false },
            ),
        ];
        for (root, spot) in cases {
            assert_eq!(read(root, &Wanted::default()).unwrap().0.spot, spot, "{root}");
        }
        let (_, wanted) =
            read("AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/", &Wanted::default()).unwrap();
        assert_eq!(
            (wanted.accounts, wanted.regions),
            (vec!["111122223333".into()], vec!["eu-west-1".into()])
        );
        assert!(read("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/", &Wanted::default()).is_err());
    }
}
