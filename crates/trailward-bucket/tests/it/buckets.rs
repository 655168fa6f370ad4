//! Buckets and their configuration.

use crate::fixture::{BUCKET, Fixture, OWNER, STRANGER, code, root};
use trailward_bucket::{
    Acl, AskedAcl, BucketEncryption, BucketError, CreateBucket, ListBuckets, Ownership, PublicAccessBlock,
    PutObject, PutVersioning, Resource, Tag,
};

async fn create_in(
    fixture: &Fixture,
    account: &str,
    name: &str,
    region: &str,
    constraint: Option<&str>,
) -> Result<(), BucketError> {
    let grant = fixture.authorize(&root(account), "s3:CreateBucket", Resource::bucket(name)).await?;
    let create = CreateBucket {
        region: region.to_owned(),
        location_constraint: constraint.map(str::to_owned),
        ..CreateBucket::default()
    };
    fixture.buckets.create_bucket(&grant, create).await
}

#[tokio::test]
async fn names_belong_to_whoever_was_first() {
    let fixture = Fixture::memory().await;
    create_in(&fixture, OWNER, BUCKET, "us-east-1", None).await.unwrap();
    let eu = Some("eu-central-1");
    assert_eq!(code(create_in(&fixture, OWNER, BUCKET, "eu-central-1", eu).await), "BucketAlreadyOwnedByYou");
    assert_eq!(code(create_in(&fixture, STRANGER, BUCKET, "us-east-1", None).await), "BucketAlreadyExists");
    assert_eq!(code(create_in(&fixture, OWNER, "No", "us-east-1", None).await), "InvalidBucketName");
}

#[tokio::test]
async fn locations_go_with_the_region_of_the_request() {
    let fixture = Fixture::memory().await;
    let cases = [
        ("us-east-1", None, Ok(None)),
        ("us-east-1", Some("eu-west-3"), Ok(Some("eu-west-3"))),
        ("us-east-1", Some("EU"), Ok(Some("eu-west-1"))),
        ("eu-west-3", Some("eu-west-3"), Ok(Some("eu-west-3"))),
        ("us-east-1", Some("us-east-1"), Err("InvalidLocationConstraint")),
        ("us-east-1", Some("atlantis"), Err("InvalidLocationConstraint")),
        ("eu-west-3", None, Err("IllegalLocationConstraintException")),
        ("eu-west-3", Some("eu-west-1"), Err("IllegalLocationConstraintException")),
    ];
    for (number, (region, constraint, expected)) in cases.into_iter().enumerate() {
        let name = format!("bucket-{number}");
        let made = create_in(&fixture, OWNER, &name, region, constraint).await;
        match expected {
            Ok(location) => {
                made.unwrap();
                let grant = fixture
                    .authorize(&root(OWNER), "s3:GetBucketLocation", Resource::bucket(&name))
                    .await
                    .unwrap();
                assert_eq!(fixture.buckets.get_bucket_location(&grant).await.unwrap().as_deref(), location);
            }
            Err(expected) => assert_eq!(code(made), expected, "{region} {constraint:?}"),
        }
    }
    let error = create_in(&fixture, OWNER, "other", "eu-west-3", None).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to."
    );
}

#[tokio::test]
async fn a_bucket_is_deleted_only_when_it_is_empty() {
    let fixture = Fixture::memory().await;
    fixture.put("a", "1").await;
    let grant = fixture.on_bucket("s3:DeleteBucket").await;
    let error = fixture.buckets.delete_bucket(&grant).await.unwrap_err();
    assert_eq!((error.code(), error.status()), ("BucketNotEmpty", 409));
    assert_eq!(error.to_string(), "The bucket you tried to delete is not empty");
    fixture.versioning("Enabled").await;
    fixture.delete("a").await;
    let error = fixture.buckets.delete_bucket(&grant).await.unwrap_err();
    assert!(error.to_string().ends_with("You must delete all versions in the bucket."), "{error}");
    for version in fixture.versions().await {
        fixture.delete_version(&version.key, &version.version_id).await.unwrap();
    }
    fixture.buckets.delete_bucket(&grant).await.unwrap();
    assert_eq!(code(fixture.buckets.delete_bucket(&grant).await), "NoSuchBucket");
    assert_eq!(fixture.blob_count().await, 0);
}

#[tokio::test]
async fn a_grant_does_not_outlive_its_bucket() {
    let fixture = Fixture::memory().await;
    let put = fixture.on("s3:PutObject", "a").await;
    let delete = fixture.on_bucket("s3:DeleteBucket").await;
    fixture.buckets.delete_bucket(&delete).await.unwrap();
    create_in(&fixture, STRANGER, BUCKET, "us-east-1", None).await.unwrap();
    let result = fixture.buckets.put_object(&put, PutObject::default(), crate::fixture::body("x")).await;
    assert_eq!(code(result), "NoSuchBucket");
}

#[tokio::test]
async fn buckets_are_listed_by_account_in_pages() {
    let fixture = Fixture::memory().await;
    for name in ["a-one", "a-two", "b-one"] {
        fixture.create(name).await.unwrap();
    }
    create_in(&fixture, STRANGER, "a-stranger", "us-east-1", None).await.unwrap();
    create_in(&fixture, OWNER, "c-far", "us-east-1", Some("eu-west-1")).await.unwrap();
    let grant = fixture.authorize(&root(OWNER), "s3:ListAllMyBuckets", Resource::Service).await.unwrap();
    let names = async |list: ListBuckets| -> (Vec<String>, Option<String>) {
        let page = fixture.buckets.list_buckets(&grant, list).await.unwrap();
        (page.buckets.into_iter().map(|bucket| bucket.name).collect(), page.continuation_token)
    };
    let all = ["a-one", "a-two", "b-one", "c-far", BUCKET].map(str::to_owned);
    assert_eq!(names(ListBuckets::default()).await, (all.to_vec(), None));
    let prefixed = ListBuckets { prefix: Some("a-".to_owned()), ..ListBuckets::default() };
    assert_eq!(names(prefixed).await.0, ["a-one", "a-two"]);
    let far = ListBuckets { region: Some("eu-west-1".to_owned()), ..ListBuckets::default() };
    assert_eq!(names(far).await.0, ["c-far"]);
    let mut paged = Vec::new();
    let mut continuation_token = None;
    loop {
        let page =
            names(ListBuckets { max_buckets: Some(2), continuation_token, ..ListBuckets::default() }).await;
        paged.extend(page.0);
        continuation_token = page.1;
        if continuation_token.is_none() {
            break;
        }
    }
    assert_eq!(paged, all);
    for bad in [
        ListBuckets { max_buckets: Some(0), ..ListBuckets::default() },
        ListBuckets { continuation_token: Some("%".to_owned()), ..ListBuckets::default() },
    ] {
        assert_eq!(code(fixture.buckets.list_buckets(&grant, bad).await), "InvalidArgument");
    }
}

#[tokio::test]
async fn a_new_bucket_is_closed() {
    let fixture = Fixture::memory().await;
    let buckets = &fixture.buckets;
    let grant = fixture.on_bucket("s3:GetBucketPublicAccessBlock").await;
    assert_eq!(buckets.get_public_access_block(&grant).await.unwrap(), PublicAccessBlock::ALL);
    let grant = fixture.on_bucket("s3:GetBucketOwnershipControls").await;
    assert_eq!(buckets.get_bucket_ownership_controls(&grant).await.unwrap(), Ownership::BucketOwnerEnforced);
    let grant = fixture.on_bucket("s3:GetBucketVersioning").await;
    assert_eq!(buckets.get_bucket_versioning(&grant).await.unwrap().status, None);
    let grant = fixture.on_bucket("s3:GetEncryptionConfiguration").await;
    assert_eq!(buckets.get_bucket_encryption(&grant).await.unwrap(), BucketEncryption::default());
    let grant = fixture.on_bucket("s3:GetBucketAcl").await;
    assert_eq!(buckets.get_bucket_acl(&grant).await.unwrap(), Acl::private(OWNER));
    let grant = fixture.on_bucket("s3:ListBucket").await;
    assert_eq!(buckets.head_bucket(&grant).await.unwrap().region, "us-east-1");
    let grant = fixture.on_bucket("s3:GetBucketPolicy").await;
    assert_eq!(code(buckets.get_bucket_policy(&grant).await), "NoSuchBucketPolicy");
    let grant = fixture.on_bucket("s3:GetBucketPolicyStatus").await;
    assert_eq!(code(buckets.get_bucket_policy_status(&grant).await), "NoSuchBucketPolicy");
    let grant = fixture.on_bucket("s3:GetBucketTagging").await;
    assert_eq!(code(buckets.get_bucket_tagging(&grant).await), "NoSuchTagSet");
}

#[tokio::test]
async fn configuration_comes_back_as_it_was_put() {
    let fixture = Fixture::files().await;
    let buckets = &fixture.buckets;
    let write = fixture.on_bucket("s3:PutBucketTagging").await;
    let read = fixture.on_bucket("s3:GetBucketTagging").await;
    let tags = vec![Tag { key: "team".to_owned(), value: "audit".to_owned() }];
    buckets.put_bucket_tagging(&write, tags.clone()).await.unwrap();
    assert_eq!(buckets.get_bucket_tagging(&read).await.unwrap(), tags);
    buckets.delete_bucket_tagging(&write).await.unwrap();
    assert_eq!(code(buckets.get_bucket_tagging(&read).await), "NoSuchTagSet");
    let system = vec![Tag { key: "aws:x".to_owned(), value: String::new() }];
    assert_eq!(code(buckets.put_bucket_tagging(&write, system).await), "InvalidTag");
    let doubled = [tags.clone(), tags.clone()].concat();
    assert_eq!(code(buckets.put_bucket_tagging(&write, doubled).await), "InvalidTag");

    let write = fixture.on_bucket("s3:PutBucketPublicAccessBlock").await;
    let read = fixture.on_bucket("s3:GetBucketPublicAccessBlock").await;
    buckets.delete_public_access_block(&write).await.unwrap();
    let error = buckets.get_public_access_block(&read).await.unwrap_err();
    assert_eq!((error.code(), error.status()), ("NoSuchPublicAccessBlockConfiguration", 404));
    let block = PublicAccessBlock { block_public_policy: false, ..PublicAccessBlock::ALL };
    buckets.put_public_access_block(&write, block).await.unwrap();
    assert_eq!(buckets.get_public_access_block(&read).await.unwrap(), block);

    let write = fixture.on_bucket("s3:PutBucketOwnershipControls").await;
    let read = fixture.on_bucket("s3:GetBucketOwnershipControls").await;
    buckets.put_bucket_ownership_controls(&write, Ownership::ObjectWriter).await.unwrap();
    assert_eq!(buckets.get_bucket_ownership_controls(&read).await.unwrap(), Ownership::ObjectWriter);
    buckets.delete_bucket_ownership_controls(&write).await.unwrap();
    assert_eq!(code(buckets.get_bucket_ownership_controls(&read).await), "OwnershipControlsNotFoundError");

    let write = fixture.on_bucket("s3:PutEncryptionConfiguration").await;
    let read = fixture.on_bucket("s3:GetEncryptionConfiguration").await;
    let kms = BucketEncryption {
        kms: true,
        key: Some("alias/logs".to_owned()),
        bucket_key: true,
        blocks_customer_keys: false,
    };
    buckets.put_bucket_encryption(&write, &kms).await.unwrap();
    assert_eq!(buckets.get_bucket_encryption(&read).await.unwrap(), kms);
    let contradiction = BucketEncryption { kms: false, ..kms };
    assert_eq!(code(buckets.put_bucket_encryption(&write, &contradiction).await), "InvalidArgument");
    buckets.delete_bucket_encryption(&write).await.unwrap();
    assert_eq!(buckets.get_bucket_encryption(&read).await.unwrap(), BucketEncryption::default());

    let write = fixture.on_bucket("s3:PutBucketVersioning").await;
    let read = fixture.on_bucket("s3:GetBucketVersioning").await;
    for status in ["Enabled", "Suspended"] {
        buckets
            .put_bucket_versioning(&write, PutVersioning { status: Some(status), ..PutVersioning::default() })
            .await
            .unwrap();
        assert_eq!(buckets.get_bucket_versioning(&read).await.unwrap().status, Some(status));
    }
    assert_eq!(code(buckets.put_bucket_versioning(&write, PutVersioning::default()).await), "MalformedXML");
}

#[tokio::test]
async fn acls_mean_nothing_but_are_understood() {
    let fixture = Fixture::memory().await;
    let buckets = &fixture.buckets;
    let grant = fixture.on_bucket("s3:PutBucketAcl").await;
    buckets.put_bucket_acl(&grant, &AskedAcl::canned("bucket-owner-full-control")).await.unwrap();
    let error = buckets.put_bucket_acl(&grant, &AskedAcl::canned("public-read")).await.unwrap_err();
    assert_eq!((error.code(), error.status()), ("AccessControlListNotSupported", 400));
    fixture.put("a", "1").await;
    let grant = fixture.on("s3:GetObjectAcl", "a").await;
    assert_eq!(buckets.get_object_acl(&grant).await.unwrap(), Acl::private(OWNER));
    let grant = fixture.on("s3:PutObjectAcl", "a").await;
    buckets.put_object_acl(&grant, &AskedAcl::canned("bucket-owner-full-control")).await.unwrap();
    assert_eq!(
        code(buckets.put_object_acl(&grant, &AskedAcl::canned("private")).await),
        "AccessControlListNotSupported"
    );
}
