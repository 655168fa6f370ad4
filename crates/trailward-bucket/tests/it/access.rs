//! Who gets a grant, and what it is good for.

use crate::fixture::{BUCKET, Fixture, OWNER, STRANGER, body, code, root, user};
use trailward_bucket::{DeleteObject, GetObject, GrantedTags, PublicAccessBlock, PutObject, Resource, Tag};
use trailward_policy::{Caller, Context, Decision};

const READ_ONE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::logs/*"}]}"#;
const READ_AND_LIST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":"*"}]}"#;

async fn open_to_the_public(fixture: &Fixture) {
    let grant = fixture.on_bucket("s3:PutBucketPublicAccessBlock").await;
    fixture.buckets.delete_public_access_block(&grant).await.unwrap();
    fixture
        .policy(
            r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::logs/*"}"#,
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn the_words_of_a_refusal() {
    let fixture = Fixture::memory().await;
    let object = Resource::object(BUCKET, "a");
    let denied = fixture.authorize(&user(OWNER, None), "s3:GetObject", object.clone()).await.unwrap_err();
    assert_eq!(denied.error().code(), "AccessDenied");
    assert_eq!(denied.error().status(), 403);
    assert_eq!(
        denied.to_string(),
        "User: arn:aws:iam::111111111111:user/ada is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::logs/a\" because no identity-based policy allows the s3:GetObject action"
    );
    assert_eq!(denied.explanation().unwrap().decision, Decision::ImplicitDeny);
    for caller in [Caller::anonymous(), root(STRANGER)] {
        let denied = fixture.authorize(&caller, "s3:GetObject", object.clone()).await.unwrap_err();
        assert_eq!(denied.to_string(), "Access Denied");
    }
    let nowhere = Resource::object("nowhere", "a");
    let denied = fixture.authorize(&Caller::anonymous(), "s3:GetObject", nowhere).await.unwrap_err();
    assert_eq!((denied.error().code(), denied.explanation().is_none()), ("NoSuchBucket", true));
}

#[tokio::test]
async fn only_who_may_list_learns_what_is_missing() {
    let fixture = Fixture::memory().await;
    for (policy, expected) in [(READ_ONE, "AccessDenied"), (READ_AND_LIST, "NoSuchKey")] {
        let caller = user(OWNER, Some(policy));
        let grant =
            fixture.authorize(&caller, "s3:GetObject", Resource::object(BUCKET, "missing")).await.unwrap();
        assert_eq!(code(fixture.buckets.get_object(&grant, &GetObject::default()).await), expected);
        assert_eq!(code(fixture.buckets.head_object(&grant, &GetObject::default()).await), expected);
    }
}

#[tokio::test]
async fn a_grant_is_good_for_its_action_and_its_place_only() {
    let fixture = Fixture::memory().await;
    fixture.put("a", "1").await;
    let read = fixture.on("s3:GetObject", "a").await;
    let delete = fixture.buckets.delete_object(&read, &DeleteObject::default()).await;
    assert_eq!(code(delete), "AccessDenied");
    assert_eq!(
        code(fixture.buckets.put_object(&read, PutObject::default(), body("x")).await),
        "AccessDenied"
    );
    assert_eq!(code(fixture.buckets.delete_bucket(&read).await), "AccessDenied");
    let whole = fixture.on_bucket("s3:GetObject").await;
    assert_eq!(code(fixture.buckets.get_object(&whole, &GetObject::default()).await), "AccessDenied");
    let old = fixture.on_version("s3:GetObject", "a", "null").await;
    assert_eq!(code(fixture.buckets.get_object(&old, &GetObject::default()).await), "AccessDenied");

    let tags = vec![Tag { key: "k".to_owned(), value: "v".to_owned() }];
    let elsewhere = fixture.on("s3:PutObjectTagging", "b").await;
    let tagging = Some(GrantedTags { tags: tags.clone(), grant: elsewhere });
    let put = fixture.put_with("a", PutObject { tagging, ..PutObject::default() }, "x").await;
    assert_eq!(code(put), "AccessDenied");
    let here = fixture.on("s3:PutObjectTagging", "a").await;
    let tagging = Some(GrantedTags { tags, grant: here });
    fixture.put_with("a", PutObject { tagging, ..PutObject::default() }, "x").await.unwrap();
}

#[tokio::test]
async fn public_policies_are_blocked_and_restricted() {
    let fixture = Fixture::memory().await;
    let public =
        r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::logs/*"}"#;
    let error = fixture.policy(public).await.unwrap_err();
    assert_eq!(error.code(), "AccessDenied");
    assert!(error.to_string().contains("BlockPublicPolicy"), "{error}");

    open_to_the_public(&fixture).await;
    fixture.put("a", "1").await;
    let read = async |caller: &Caller| {
        fixture.authorize(caller, "s3:GetObject", Resource::object(BUCKET, "a")).await.is_ok()
    };
    let (anonymous, service) =
        (Caller::anonymous(), Caller::service("cloudtrail.amazonaws.com", Context::new()));
    assert!(read(&anonymous).await && read(&root(STRANGER)).await && read(&service).await);
    let status = fixture.on_bucket("s3:GetBucketPolicyStatus").await;
    assert!(fixture.buckets.get_bucket_policy_status(&status).await.unwrap());

    let grant = fixture.on_bucket("s3:PutBucketPublicAccessBlock").await;
    fixture.buckets.put_public_access_block(&grant, PublicAccessBlock::ALL).await.unwrap();
    assert!(!read(&anonymous).await && !read(&root(STRANGER)).await);
    assert!(read(&service).await && read(&root(OWNER)).await && read(&user(OWNER, None)).await);
}

#[tokio::test]
async fn the_owner_can_undo_a_lockout() {
    let fixture = Fixture::memory().await;
    fixture
        .policy(r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::logs","arn:aws:s3:::logs/*"]}"#)
        .await
        .unwrap();
    let bucket = || Resource::bucket(BUCKET);
    assert!(fixture.authorize(&root(OWNER), "s3:ListBucket", bucket()).await.is_err());
    let all = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    assert!(fixture.authorize(&user(OWNER, Some(all)), "s3:DeleteBucketPolicy", bucket()).await.is_err());
    let grant = fixture.on_bucket("s3:DeleteBucketPolicy").await;
    fixture.buckets.delete_bucket_policy(&grant).await.unwrap();
    fixture.authorize(&root(OWNER), "s3:ListBucket", bucket()).await.unwrap();
}

#[tokio::test]
async fn policies_see_the_tags_an_object_has() {
    let fixture = Fixture::memory().await;
    let grant = fixture.on("s3:PutObjectTagging", "a").await;
    let tagging =
        Some(GrantedTags { tags: vec![Tag { key: "open".to_owned(), value: "yes".to_owned() }], grant });
    fixture.put_with("a", PutObject { tagging, ..PutObject::default() }, "1").await.unwrap();
    fixture.put("b", "1").await;
    fixture
        .policy(&format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{STRANGER}:root"}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::logs/*","Condition":{{"StringEquals":{{"s3:ExistingObjectTag/open":"yes"}}}}}}"#
        ))
        .await
        .unwrap();
    let stranger = root(STRANGER);
    fixture.authorize(&stranger, "s3:GetObject", Resource::object(BUCKET, "a")).await.unwrap();
    fixture.authorize(&stranger, "s3:GetObject", Resource::object(BUCKET, "b")).await.unwrap_err();
}

#[tokio::test]
async fn the_trail_service_writes_under_its_prefix_only() {
    let fixture = Fixture::memory().await;
    let trail = "arn:aws:cloudtrail:us-east-1:111111111111:trail/t";
    fixture
        .policy(&format!(
            r#"{{"Effect":"Allow","Principal":{{"Service":"cloudtrail.amazonaws.com"}},"Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::logs","Condition":{{"StringEquals":{{"aws:SourceArn":"{trail}"}}}}}},
               {{"Effect":"Allow","Principal":{{"Service":"cloudtrail.amazonaws.com"}},"Action":"s3:PutObject","Resource":"arn:aws:s3:::logs/AWSLogs/111111111111/*","Condition":{{"StringEquals":{{"s3:x-amz-acl":"bucket-owner-full-control","aws:SourceArn":"{trail}"}}}}}}"#
        ))
        .await
        .unwrap();
    let service =
        |arn: &str| Caller::service("cloudtrail.amazonaws.com", Context::from_iter([("aws:SourceArn", arn)]));
    let acl = Context::from_iter([("s3:x-amz-acl", "bucket-owner-full-control")]);
    let may = async |caller: &Caller, key: &str, context: &Context| {
        fixture
            .buckets
            .authorize(caller, "s3:PutObject", Resource::object(BUCKET, key), context)
            .await
            .is_ok()
    };
    assert!(may(&service(trail), "AWSLogs/111111111111/x", &acl).await);
    assert!(!may(&service(trail), "AWSLogs/222222222222/x", &acl).await);
    assert!(!may(&service(trail), "AWSLogs/111111111111/x", &Context::new()).await);
    assert!(
        !may(&service("arn:aws:cloudtrail:us-east-1:111111111111:trail/u"), "AWSLogs/111111111111/x", &acl)
            .await
    );
    let status = fixture.on_bucket("s3:GetBucketPolicyStatus").await;
    assert!(!fixture.buckets.get_bucket_policy_status(&status).await.unwrap());
}
