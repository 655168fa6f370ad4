//! Access control lists: what they allow, and what stands against them.

use crate::fixture::{BUCKET, Fixture, OWNER, STRANGER, code, root, user};
use trailward_bucket::{
    Acl, AclGrant, AclPermission, AskedAcl, Grantee, Ownership, PublicAccessBlock, PutObject, Resource,
};
use trailward_policy::Caller;

const ALL_S3: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;

async fn open(ownership: Ownership) -> Fixture {
    let fixture = Fixture::memory().await;
    let grant = fixture.on_bucket("s3:PutBucketOwnershipControls").await;
    fixture.buckets.put_bucket_ownership_controls(&grant, ownership).await.unwrap();
    let grant = fixture.on_bucket("s3:PutBucketPublicAccessBlock").await;
    fixture.buckets.delete_public_access_block(&grant).await.unwrap();
    fixture
}

fn to(grantee: Grantee, permission: AclPermission) -> AskedAcl {
    AskedAcl::Grants(vec![AclGrant { grantee, permission }])
}

impl Fixture {
    async fn put_listed(&self, key: &str, acl: AskedAcl) {
        self.put_with(key, PutObject { acl, ..PutObject::default() }, "x").await.unwrap();
    }

    async fn may(&self, caller: &Caller, action: &'static str, resource: Resource) -> bool {
        self.authorize(caller, action, resource).await.is_ok()
    }
}

#[tokio::test]
async fn a_list_opens_to_accounts_which_pass_it_on() {
    let fixture = open(Ownership::ObjectWriter).await;
    fixture.put_listed("k", to(Grantee::Account(STRANGER.into()), AclPermission::Read)).await;
    let object = || Resource::object(BUCKET, "k");
    assert!(fixture.may(&root(STRANGER), "s3:GetObject", object()).await);
    assert!(fixture.may(&user(STRANGER, Some(ALL_S3)), "s3:GetObject", object()).await);
    assert!(!fixture.may(&user(STRANGER, None), "s3:GetObject", object()).await);
    assert!(!fixture.may(&root("333333333333"), "s3:GetObject", object()).await);
    assert!(!fixture.may(&Caller::anonymous(), "s3:GetObject", object()).await);
    assert!(!fixture.may(&root(STRANGER), "s3:GetObjectAcl", object()).await);
    assert!(!fixture.may(&root(STRANGER), "s3:DeleteObject", object()).await);
    assert!(!fixture.may(&root(STRANGER), "s3:GetObjectTagging", object()).await);
}

#[tokio::test]
async fn a_list_gives_users_of_the_owner_nothing() {
    let fixture = open(Ownership::ObjectWriter).await;
    fixture.put_listed("k", AskedAcl::Default).await;
    let object = Resource::object(BUCKET, "k");
    assert!(!fixture.may(&user(OWNER, None), "s3:GetObject", object).await);
}

#[tokio::test]
async fn each_permission_opens_what_it_is_for() {
    let on_bucket = |action| (action, Resource::bucket(BUCKET));
    let on_object = |action| (action, Resource::object(BUCKET, "k"));
    let table = [
        (AclPermission::Read, vec![on_bucket("s3:ListBucket"), on_bucket("s3:ListBucketVersions")]),
        (AclPermission::Write, vec![on_object("s3:PutObject")]),
        (AclPermission::ReadAcp, vec![on_bucket("s3:GetBucketAcl")]),
        (AclPermission::WriteAcp, vec![on_bucket("s3:PutBucketAcl")]),
    ];
    for (permission, opened) in &table {
        for given in AclPermission::ALL {
            let fixture = open(Ownership::ObjectWriter).await;
            let grant = fixture.on_bucket("s3:PutBucketAcl").await;
            let asked = to(Grantee::Account(STRANGER.into()), given);
            fixture.buckets.put_bucket_acl(&grant, &asked).await.unwrap();
            for (action, resource) in opened {
                let may = fixture.may(&root(STRANGER), action, resource.clone()).await;
                let wanted = given == *permission || given == AclPermission::FullControl;
                assert_eq!(may, wanted, "{given:?} {action}");
            }
            for action in
                ["s3:DeleteBucket", "s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketVersioning"]
            {
                assert!(!fixture.may(&root(STRANGER), action, Resource::bucket(BUCKET)).await, "{action}");
            }
        }
    }
}

#[tokio::test]
async fn a_denial_stands_against_every_list() {
    let fixture = open(Ownership::ObjectWriter).await;
    fixture.put_listed("k", AskedAcl::canned("public-read")).await;
    let object = || Resource::object(BUCKET, "k");
    let callers = [Caller::anonymous(), root(STRANGER), user(STRANGER, Some(ALL_S3))];
    for caller in &callers {
        assert!(fixture.may(caller, "s3:GetObject", object()).await, "{caller:?}");
    }
    let deny =
        r#"{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::logs/*"}"#;
    fixture.policy(deny).await.unwrap();
    for caller in &callers {
        assert!(!fixture.may(caller, "s3:GetObject", object()).await, "{caller:?}");
    }
}

#[tokio::test]
async fn what_another_account_wrote_is_its_own() {
    let fixture = open(Ownership::ObjectWriter).await;
    let grant = fixture.on_bucket("s3:PutBucketAcl").await;
    let asked = to(Grantee::Account(STRANGER.into()), AclPermission::Write);
    fixture.buckets.put_bucket_acl(&grant, &asked).await.unwrap();
    let put =
        fixture.authorize(&root(STRANGER), "s3:PutObject", Resource::object(BUCKET, "k")).await.unwrap();
    let body = crate::fixture::body("x");
    fixture.buckets.put_object(&put, PutObject::default(), body).await.unwrap();
    let object = || Resource::object(BUCKET, "k");
    assert!(fixture.may(&root(STRANGER), "s3:GetObject", object()).await);
    assert!(!fixture.may(&root(OWNER), "s3:GetObject", object()).await);
    assert!(!fixture.may(&root(OWNER), "s3:PutObjectAcl", object()).await);
    assert!(fixture.may(&root(OWNER), "s3:DeleteObject", object()).await);
    // A policy of the bucket cannot allow it, but it can refuse it.
    let allow =
        r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::logs/*"}"#;
    fixture.policy(allow).await.unwrap();
    assert!(!fixture.may(&root("333333333333"), "s3:GetObject", object()).await);
    fixture.policy(&allow.replace("Allow", "Deny")).await.unwrap();
    assert!(!fixture.may(&root(STRANGER), "s3:GetObject", object()).await);
    // Its owner stays its owner whatever its list says.
    let grant = fixture.on_bucket("s3:DeleteBucketPolicy").await;
    fixture.buckets.delete_bucket_policy(&grant).await.unwrap();
    let grant = fixture.authorize(&root(STRANGER), "s3:PutObjectAcl", object()).await.unwrap();
    let shared = AskedAcl::canned("bucket-owner-full-control");
    fixture.buckets.put_object_acl(&grant, &shared).await.unwrap();
    let grant = fixture.on("s3:GetObjectAcl", "k").await;
    assert_eq!(fixture.buckets.get_object_acl(&grant).await.unwrap().owner, STRANGER);
    assert!(fixture.may(&root(OWNER), "s3:GetObject", object()).await);
}

#[tokio::test]
async fn the_account_blocks_for_all_of_its_buckets() {
    let fixture = open(Ownership::ObjectWriter).await;
    fixture.put_listed("k", AskedAcl::canned("public-read")).await;
    let object = || Resource::object(BUCKET, "k");
    let of = |caller: Caller| {
        let fixture = &fixture;
        async move { fixture.authorize(&caller, "s3:PutAccountPublicAccessBlock", Resource::Service).await }
    };
    // A stranger's settings are for the stranger's buckets.
    let grant = of(root(STRANGER)).await.unwrap();
    let block = Some(PublicAccessBlock::ALL);
    fixture.buckets.put_account_public_access_block(&grant, block).await.unwrap();
    assert!(fixture.may(&Caller::anonymous(), "s3:GetObject", object()).await);
    assert!(of(user(OWNER, None)).await.is_err());
    assert!(of(Caller::anonymous()).await.is_err());
    let grant = of(root(OWNER)).await.unwrap();
    fixture.buckets.put_account_public_access_block(&grant, block).await.unwrap();
    assert!(!fixture.may(&Caller::anonymous(), "s3:GetObject", object()).await);
    let acl = AskedAcl::canned("public-read");
    let put = PutObject { acl, ..PutObject::default() };
    assert_eq!(code(fixture.put_with("k", put, "x").await), "AccessDenied");
}

#[tokio::test]
async fn lists_that_are_switched_off_count_no_more() {
    let fixture = open(Ownership::ObjectWriter).await;
    fixture.put_listed("k", AskedAcl::canned("public-read")).await;
    let grant = fixture.on_bucket("s3:PutBucketOwnershipControls").await;
    fixture.buckets.put_bucket_ownership_controls(&grant, Ownership::BucketOwnerEnforced).await.unwrap();
    assert!(!fixture.may(&Caller::anonymous(), "s3:GetObject", Resource::object(BUCKET, "k")).await);
    let grant = fixture.on("s3:GetObjectAcl", "k").await;
    assert_eq!(fixture.buckets.get_object_acl(&grant).await.unwrap(), Acl::private(OWNER));
    let list = (0..101).map(|_| AclGrant { grantee: Grantee::AllUsers, permission: AclPermission::Read });
    let fixture = open(Ownership::ObjectWriter).await;
    let grant = fixture.on_bucket("s3:PutBucketAcl").await;
    let asked = AskedAcl::Grants(list.collect());
    assert_eq!(code(fixture.buckets.put_bucket_acl(&grant, &asked).await), "MalformedACLError");
}
