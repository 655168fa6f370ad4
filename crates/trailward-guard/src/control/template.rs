//! The commented control file that `trailward control init` writes.

use super::{Control, DataTrail, KEYS, S3Events};

/// What is asked before the file is written; `None` leaves the default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// The trail's name.
    pub trail: Option<String>,
    /// The bucket's name.
    pub bucket: Option<String>,
    /// Whether it is an organization's trail.
    pub organization: Option<bool>,
    /// Days of retention.
    pub days: Option<u32>,
    /// Whether there are log group and alarms.
    pub alarms: Option<bool>,
    /// Whether there is a KMS key.
    pub key: Option<bool>,
    /// Whom alarms tell.
    pub subscribers: Vec<String>,
}

impl Answers {
    /// The control they describe.
    pub fn control(&self) -> Control {
        let mut control = Control::default();
        if let Some(name) = &self.trail {
            control.trail.name.clone_from(name);
        }
        if let Some(name) = &self.bucket {
            control.bucket.name.clone_from(name);
            control.bucket.access_log.bucket = format!("{name}-access");
        }
        if let Some(organization) = self.organization {
            control.trail.organization = organization;
            control.guard_policies.enabled = organization;
        }
        if let Some(days) = self.days {
            control.bucket.lock.days = days;
            let noncurrent = &mut control.bucket.lifecycle.noncurrent_days;
            *noncurrent = (*noncurrent).max(days.saturating_add(35));
        }
        if let Some(alarms) = self.alarms {
            control.log_group.enabled = alarms;
            control.alarms.enabled = alarms;
        }
        if let Some(key) = self.key {
            control.key.enabled = key;
        }
        control.alarms.subscribers.clone_from(&self.subscribers);
        control
    }
}

/// What keys of further trails begin with.
const DATA_TRAILS: &str = "data_trails.";

const HEAD: &str = "\
# The protected trail that this account is to have. Every value that is not set here is the guides' recommendation, so
# that an empty file is one, too. `trailward control explain KEY` says more of each key: why, which benchmark, what it
# costs. Then: `trailward plan`, `trailward apply`, `trailward check`.
";

/// The control as TOML, each key under a comment that says what it is.
pub fn template(control: &Control) -> String {
    // A structure of tables, strings, numbers and lists is always TOML.
    let table = toml::Table::try_from(control).unwrap_or_default();
    let mut out = HEAD.to_owned();
    let mut section = "";
    for key in KEYS.iter().filter(|key| !key.name.starts_with(DATA_TRAILS)) {
        let (path, name) = key.name.rsplit_once('.').unwrap_or(("", key.name));
        let Some(value) = find(&table, path, name) else { continue };
        if section != path {
            section = path;
            out.push_str(&format!("\n[{path}]\n"));
        }
        for line in wrapped(key.what) {
            out.push_str(&format!("# {line}\n"));
        }
        out.push_str(&format!("{name} = {value}\n"));
    }
    out + &data_trails(control)
}

/// One table for each further trail; where there is none, one to be uncommented.
fn data_trails(control: &Control) -> String {
    let mut out = String::from("\n# Further trails, of data events alone; one table each, at most four.\n");
    let example = [DataTrail { name: "data".into(), s3: S3Events::All, ..DataTrail::default() }];
    let (off, trails) = match control.data_trails.as_slice() {
        [] => ("#", &example[..]),
        trails => ("", trails),
    };
    for trail in trails {
        out.push_str(&format!("{off}[[data_trails]]\n"));
        let table = toml::Table::try_from(trail).unwrap_or_default();
        for key in KEYS {
            let Some(name) = key.name.strip_prefix(DATA_TRAILS) else { continue };
            let Some(value) = table.get(name) else { continue };
            for line in wrapped(key.what) {
                out.push_str(&format!("# {line}\n"));
            }
            out.push_str(&format!("{off}{name} = {value}\n"));
        }
    }
    out
}

fn find<'a>(table: &'a toml::Table, path: &str, name: &str) -> Option<&'a toml::Value> {
    let mut at = table;
    for part in path.split('.') {
        at = at.get(part)?.as_table()?;
    }
    at.get(name)
}

/// Lines of at most 118 characters.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + word.len() < 118 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_says_what_it_was_made_of() {
        let text = template(&Control::default());
        assert_eq!(Control::parse(&text).unwrap(), Control::default(), "{text}");
        assert!(text.lines().all(|line| line.len() <= 120), "{text}");
        // The example at its end is one.
        let uncommented: String = text
            .lines()
            .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
            .map(|line| format!("{line}\n"))
            .collect();
        assert_eq!(Control::parse(&uncommented).unwrap().data_trails.len(), 1, "{uncommented}");
        let answers = Answers {
            trail: Some("audit".into()),
            bucket: Some("logs-of-ours".into()),
            organization: Some(true),
            days: Some(730),
            alarms: Some(false),
            key: Some(false),
            subscribers: vec!["a@example.com".into()],
        };
        let mut control = answers.control();
        control.data_trails.push(DataTrail { name: "data".into(), lambda: true, ..DataTrail::default() });
        assert_eq!(Control::parse(&template(&control)).unwrap(), control);
        assert_eq!(control.bucket.lifecycle.noncurrent_days, 765);
    }
}
