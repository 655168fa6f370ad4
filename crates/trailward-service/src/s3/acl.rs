//! Access control lists as requests and answers spell them.
//!
//! Source: Amazon S3 API Reference, `PutBucketAcl` and `PutObjectAcl`; User Guide, "Access control list (ACL) overview".
//! Grants by e-mail address are refused, as on AWS since October 2025.

use super::call::S3Call;
use super::convert::owner;
use super::record;
use crate::identity::load_accounts;
use s3s::{S3Result, dto};
use serde_json::{Value, json};
use trailward_bucket::{Acl, AclGrant, AclPermission, AskedAcl, BucketError, Grantee, Resource};

/// Headers that grant, and what.
const HEADERS: [(&str, AclPermission); 5] = [
    ("x-amz-grant-full-control", AclPermission::FullControl),
    ("x-amz-grant-read", AclPermission::Read),
    ("x-amz-grant-write", AclPermission::Write),
    ("x-amz-grant-read-acp", AclPermission::ReadAcp),
    ("x-amz-grant-write-acp", AclPermission::WriteAcp),
];

/// The list that a request's headers ask for.
pub(super) async fn asked(call: &S3Call) -> Result<AskedAcl, BucketError> {
    let canned = call.header("x-amz-acl");
    let granting: Vec<(&'static str, &str, AclPermission)> = HEADERS
        .into_iter()
        .filter_map(|(name, permission)| Some((name, call.header(name)?, permission)))
        .collect();
    match (canned, granting.is_empty()) {
        (Some(_), false) => Err(BucketError::InvalidRequest(
            "Specifying both Canned ACLs and Header Grants is not allowed".to_owned(),
        )),
        (Some(canned), true) => Ok(AskedAcl::Canned(canned.to_owned())),
        (None, true) => Ok(AskedAcl::Default),
        (None, false) => {
            let mut grants = Vec::new();
            for (name, value, permission) in granting {
                for grantee in value.split(',') {
                    let grantee = spelled(call, name, grantee.trim()).await?;
                    grants.push(AclGrant { grantee, permission });
                }
            }
            Ok(AskedAcl::Grants(grants))
        }
    }
}

/// The list that a request asks for the object it writes, which needs `s3:PutObjectAcl` as well.
///
/// DEVIATION: `bucket-owner-full-control` does not. It opens nothing to anybody but the bucket's owner, and policies that
/// demand it, such as those for trails, grant `s3:PutObject` alone.
pub(super) async fn of_object(call: &S3Call, bucket: &str, key: &str) -> Result<AskedAcl, BucketError> {
    let asked = where_it_matters(call, bucket, asked(call).await).await?;
    if asked != AskedAcl::Default && asked != AskedAcl::canned("bucket-owner-full-control") {
        call.authorize("s3:PutObjectAcl", Resource::object(bucket, key)).await?;
    }
    Ok(asked)
}

/// What is wrong with a list does not matter where lists are off.
async fn where_it_matters(
    call: &S3Call,
    bucket: &str,
    asked: Result<AskedAcl, BucketError>,
) -> Result<AskedAcl, BucketError> {
    match asked {
        Err(BucketError::InvalidArgument { .. } | BucketError::Body { status: 405, .. })
            if !call.buckets().describe(bucket).await?.has_acls =>
        {
            Err(BucketError::AccessControlListNotSupported)
        }
        asked => asked,
    }
}

/// The list that a request asks for, in its headers or its body, of which exactly one must be there.
pub(super) async fn required(
    call: &S3Call,
    bucket: &str,
    body: Option<dto::AccessControlPolicy>,
) -> Result<AskedAcl, BucketError> {
    let asked = in_head_or_body(call, body).await;
    where_it_matters(call, bucket, asked).await
}

async fn in_head_or_body(
    call: &S3Call,
    body: Option<dto::AccessControlPolicy>,
) -> Result<AskedAcl, BucketError> {
    match (asked(call).await?, body) {
        (AskedAcl::Default, Some(body)) => listed(call, body).await.map(AskedAcl::List),
        (AskedAcl::Default, None) => Err(BucketError::Body {
            code: "MissingSecurityHeader",
            status: 400,
            message: "Your request was missing a required header".to_owned(),
        }),
        (_, Some(_)) => Err(BucketError::Body {
            code: "UnexpectedContent",
            status: 400,
            message: "This request does not support content".to_owned(),
        }),
        (asked, None) => Ok(asked),
    }
}

/// `id="…"`, `uri="…"` or `emailAddress="…"`.
async fn spelled(call: &S3Call, header: &'static str, text: &str) -> Result<Grantee, BucketError> {
    let malformed = || BucketError::InvalidArgument {
        message: "Argument format not recognized".to_owned(),
        name: header,
        value: text.to_owned(),
    };
    let (kind, value) = text.split_once('=').ok_or_else(malformed)?;
    let value = value.trim().trim_matches('"');
    match kind.trim() {
        "id" => account(call, value).await,
        "uri" => group(value),
        "emailAddress" => Err(email()),
        _ => Err(malformed()),
    }
}

async fn account(call: &S3Call, canonical: &str) -> Result<Grantee, BucketError> {
    let accounts = load_accounts(call.platform()).await.map_err(BucketError::from)?;
    let found = accounts.into_iter().find(|account| account.canonical_id == canonical);
    found.map(|account| Grantee::Account(account.id)).ok_or_else(|| BucketError::InvalidArgument {
        message: "Invalid id".to_owned(),
        name: "CanonicalUser/ID",
        value: canonical.to_owned(),
    })
}

fn group(uri: &str) -> Result<Grantee, BucketError> {
    Grantee::group(uri).ok_or_else(|| BucketError::InvalidArgument {
        message: "Invalid group uri".to_owned(),
        name: "Group/URI",
        value: uri.to_owned(),
    })
}

fn email() -> BucketError {
    BucketError::Body {
        code: "MethodNotAllowed",
        status: 405,
        message: "The specified method is not allowed against this resource.".to_owned(),
    }
}

/// The list of a body, which the record keeps.
async fn listed(call: &S3Call, body: dto::AccessControlPolicy) -> Result<Acl, BucketError> {
    let owner = body.owner.and_then(|owner| owner.id).ok_or(BucketError::MalformedAcl)?;
    let given = body.grants.unwrap_or_default();
    let recorded: Vec<Value> = given.iter().filter_map(recorded).collect();
    let members = [("AccessControlList", json!({ "Grant": recorded })), ("Owner", json!({ "ID": owner }))];
    record::add_document(call, "AccessControlPolicy", members);
    let Grantee::Account(owner) = account(call, &owner).await? else {
        return Err(BucketError::MalformedAcl);
    };
    let mut grants = Vec::with_capacity(given.len());
    for grant in given {
        let (Some(grantee), Some(permission)) = (grant.grantee, grant.permission) else {
            return Err(BucketError::MalformedAcl);
        };
        let permission = AclPermission::parse(permission.as_str()).ok_or(BucketError::MalformedAcl)?;
        let grantee = match (grantee.id, grantee.uri, grantee.email_address) {
            (Some(id), ..) => account(call, &id).await?,
            (None, Some(uri), _) => group(&uri)?,
            (None, None, Some(_)) => return Err(email()),
            (None, None, None) => return Err(BucketError::MalformedAcl),
        };
        grants.push(AclGrant { grantee, permission });
    }
    Ok(Acl { owner, grants })
}

fn recorded(grant: &dto::Grant) -> Option<Value> {
    let grantee = grant.grantee.as_ref()?;
    let mut members = serde_json::Map::new();
    members.insert("xsi:type".into(), json!(grantee.type_.as_str()));
    for (name, value) in
        [("ID", &grantee.id), ("URI", &grantee.uri), ("EmailAddress", &grantee.email_address)]
    {
        members.extend(value.as_ref().map(|value| (name.to_owned(), json!(value))));
    }
    let permission = grant.permission.as_ref().map(dto::Permission::as_str);
    Some(json!({ "Grantee": members, "Permission": permission }))
}

/// A list as answers show it.
pub(super) async fn shown(call: &S3Call, acl: Acl) -> S3Result<(dto::Owner, Vec<dto::Grant>)> {
    let mut grants = Vec::with_capacity(acl.grants.len());
    for grant in acl.grants {
        let grantee = match &grant.grantee {
            Grantee::Account(id) => {
                let named = owner(call, id).await?;
                dto::Grantee {
                    display_name: named.display_name,
                    email_address: None,
                    id: named.id,
                    type_: dto::Type::from_static(dto::Type::CANONICAL_USER),
                    uri: None,
                }
            }
            group => dto::Grantee {
                display_name: None,
                email_address: None,
                id: None,
                type_: dto::Type::from_static(dto::Type::GROUP),
                uri: group.uri().map(str::to_owned),
            },
        };
        let permission = Some(dto::Permission::from_static(grant.permission.as_str()));
        grants.push(dto::Grant { grantee: Some(grantee), permission });
    }
    Ok((owner(call, &acl.owner).await?, grants))
}
