//! Objects: put, get, head, delete, copy, tags.

use crate::fixture::{BUCKET, Fixture, OWNER, asked, body, code, collect, root};
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use time::Duration;
use trailward_bucket::{
    Algorithm, AskedAcl, BucketError, ByteRange, CopyObject, DeleteBy, DeleteEntry, DeleteObject, GetObject,
    GrantedTags, Headers, MetadataDirective, PutCondition, PutObject, ReadConditions, Resource, StorageClass,
    Tag, TaggingDirective,
};
use trailward_policy::Context;

fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.to_owned(), value: value.to_owned() }
}

async fn head(fixture: &Fixture, key: &str) -> trailward_bucket::ObjectView {
    let grant = fixture.on("s3:GetObject", key).await;
    fixture.buckets.head_object(&grant, &GetObject::default()).await.unwrap()
}

#[tokio::test]
async fn what_is_put_comes_back() {
    for fixture in [Fixture::memory().await, Fixture::files().await] {
        let content = Bytes::from(vec![7; 300_000]);
        let put = PutObject {
            headers: Headers {
                content_type: Some("text/plain".to_owned()),
                cache_control: Some("no-store".to_owned()),
                ..Headers::default()
            },
            metadata: vec![("signature".to_owned(), "abc".to_owned())],
            storage_class: Some("STANDARD_IA".to_owned()),
            acl: AskedAcl::canned("bucket-owner-full-control"),
            encryption: asked("AES256"),
            content_length: Some(300_000),
            ..PutObject::default()
        };
        let output = fixture.put_with("a/b", put, content.clone()).await.unwrap();
        assert_eq!(output.version_id, None);
        let grant = fixture.on("s3:GetObject", "a/b").await;
        let get = GetObject { checksum_mode: true, ..GetObject::default() };
        let read = fixture.buckets.get_object(&grant, &get).await.unwrap();
        assert_eq!(read.view.etag, output.etag);
        assert_eq!(read.view.content_length, 300_000);
        assert_eq!(read.view.headers.content_type.as_deref(), Some("text/plain"));
        assert_eq!(read.view.metadata, [("signature".to_owned(), "abc".to_owned())]);
        assert_eq!(read.view.storage_class, StorageClass::StandardIa);
        assert_eq!(read.view.checksum.as_ref().unwrap().algorithm, Algorithm::Crc64Nvme);
        assert_eq!(read.view.checksum, output.checksum);
        assert_eq!(collect(read.body).await, content);
        fixture.put("a/b", "new").await;
        assert_eq!(fixture.get("a/b").await.unwrap(), "new");
        assert_eq!(fixture.blob_count().await, 1, "the bytes that were replaced are gone");
        fixture.delete("a/b").await;
        fixture.delete("a/b").await;
        assert_eq!(code(fixture.get("a/b").await), "NoSuchKey");
        assert_eq!(fixture.blob_count().await, 0);
    }
}

#[tokio::test]
async fn empty_objects_and_odd_keys_are_ordinary() {
    let fixture = Fixture::files().await;
    let longest = "k".repeat(1024);
    for key in ["/", "//", "../../etc/passwd", "a/../b", ".", " ", "\u{0}", "ü/\u{1F600}", "a\\b", &longest]
    {
        fixture.put(key, "").await;
        assert_eq!(fixture.get(key).await.unwrap(), "");
        fixture.put(key, key.to_owned()).await;
        assert_eq!(fixture.get(key).await.unwrap(), key.as_bytes());
    }
    assert_eq!(head(&fixture, "/").await.headers.content_type.as_deref(), Some("binary/octet-stream"));
    let error = fixture.put_with(&"k".repeat(1025), PutObject::default(), "").await.unwrap_err();
    assert_eq!(error.code(), "KeyTooLongError");
    assert_eq!(error.members(), [("Size", "1025".to_owned()), ("MaxSizeAllowed", "1024".to_owned())]);
}

#[tokio::test]
async fn ranges() {
    let fixture = Fixture::files().await;
    let content: Bytes = (0..200_000u32).map(|at| at.to_le_bytes()[0]).collect();
    fixture.put("a", content.clone()).await;
    fixture.put("empty", "").await;
    let read = async |key: &str, range: ByteRange| {
        let grant = fixture.on("s3:GetObject", key).await;
        let get = GetObject { range: Some(range), ..GetObject::default() };
        fixture.buckets.get_object(&grant, &get).await
    };
    for (range, first, last) in [
        (ByteRange::Between(0, 0), 0, 0),
        (ByteRange::Between(65_530, 65_540), 65_530, 65_540),
        (ByteRange::Between(199_999, 500_000), 199_999, 199_999),
        (ByteRange::From(100_000), 100_000, 199_999),
        (ByteRange::Last(5), 199_995, 199_999),
    ] {
        let answer = read("a", range).await.unwrap();
        let shown = answer.view.range.unwrap();
        assert_eq!((shown.first, shown.last, shown.size), (first, last, 200_000));
        assert_eq!(answer.view.content_length, last - first + 1);
        let (first, last) = (usize::try_from(first).unwrap(), usize::try_from(last).unwrap());
        assert_eq!(collect(answer.body).await, content[first..=last]);
    }
    let error = read("a", ByteRange::From(200_000)).await.unwrap_err();
    assert_eq!((error.code(), error.status()), ("InvalidRange", 416));
    assert_eq!(code(read("empty", ByteRange::From(0)).await), "InvalidRange");
}

#[tokio::test]
async fn reads_can_be_conditional() {
    let fixture = Fixture::memory().await;
    let etag = fixture.put("a", "1").await.etag;
    let grant = fixture.on("s3:GetObject", "a").await;
    let get = async |conditions: ReadConditions| {
        let get = GetObject { conditions, ..GetObject::default() };
        fixture.buckets.get_object(&grant, &get).await.map(|_| ())
    };
    get(ReadConditions { if_match: Some(format!("\"{etag}\"")), ..ReadConditions::default() }).await.unwrap();
    let error = get(ReadConditions { if_match: Some("x".to_owned()), ..ReadConditions::default() })
        .await
        .unwrap_err();
    assert_eq!((error.code(), error.status()), ("PreconditionFailed", 412));
    assert_eq!(error.members(), [("Condition", "If-Match".to_owned())]);
    let error = get(ReadConditions { if_none_match: Some(etag.clone()), ..ReadConditions::default() })
        .await
        .unwrap_err();
    assert_eq!((error.code(), error.status()), ("NotModified", 304));
    assert_eq!(error.headers(), [("ETag", format!("\"{etag}\""))]);
}

#[tokio::test]
async fn writes_can_be_conditional() {
    let fixture = Fixture::memory().await;
    let put = async |condition: PutCondition| {
        fixture.put_with("a", PutObject { condition, ..PutObject::default() }, "x").await
    };
    assert_eq!(code(put(PutCondition::Match("x".to_owned())).await), "NoSuchKey");
    let etag = put(PutCondition::Absent).await.unwrap().etag;
    assert_eq!(code(put(PutCondition::Absent).await), "PreconditionFailed");
    assert_eq!(code(put(PutCondition::Match("x".to_owned())).await), "PreconditionFailed");
    put(PutCondition::Match(format!("\"{etag}\""))).await.unwrap();
    let delete = fixture.on("s3:DeleteObject", "a").await;
    assert_eq!(code(fixture.buckets.delete_object(&delete, &matching("x")).await), "PreconditionFailed");
    fixture.buckets.delete_object(&delete, &matching(&etag)).await.unwrap();
    assert_eq!(code(fixture.buckets.delete_object(&delete, &matching("*")).await), "NoSuchKey");
    put(PutCondition::Absent).await.unwrap();
    assert_eq!(fixture.blob_count().await, 1);
}

#[tokio::test]
async fn a_body_that_fails_leaves_nothing() {
    for fixture in [Fixture::memory().await, Fixture::files().await] {
        let grant = fixture.on("s3:PutObject", "a").await;
        let broken = stream::iter([
            Ok(Bytes::from(vec![1; 500_000])),
            Err(BucketError::Body { code: "RequestTimeout", status: 400, message: "too slow".to_owned() }),
        ]);
        let error =
            fixture.buckets.put_object(&grant, PutObject::default(), broken.boxed()).await.unwrap_err();
        assert_eq!((error.code(), error.status()), ("RequestTimeout", 400));
        let short = PutObject { content_length: Some(10), ..PutObject::default() };
        assert_eq!(code(fixture.buckets.put_object(&grant, short, body("123")).await), "IncompleteBody");
        let large = PutObject { content_length: Some((5 << 30) + 1), ..PutObject::default() };
        let error = fixture.buckets.put_object(&grant, large, body("123")).await.unwrap_err();
        assert_eq!(error.code(), "EntityTooLarge");
        assert_eq!(code(fixture.get("a").await), "NoSuchKey");
        assert_eq!(fixture.blob_count().await, 0);
    }
}

#[tokio::test]
async fn bounds_of_what_goes_with_an_object() {
    let fixture = Fixture::memory().await;
    let with = async |put: PutObject| fixture.put_with("a", put, "x").await;
    let metadata = vec![("n".to_owned(), "v".repeat(2047))];
    with(PutObject { metadata, ..PutObject::default() }).await.unwrap();
    let metadata = vec![("n".to_owned(), "v".repeat(2048))];
    assert_eq!(code(with(PutObject { metadata, ..PutObject::default() }).await), "MetadataTooLarge");
    let class = |name: &str| PutObject { storage_class: Some(name.to_owned()), ..PutObject::default() };
    assert_eq!(code(with(class("COLD")).await), "InvalidStorageClass");
    assert_eq!(code(with(class("OUTPOSTS")).await), "NotImplemented");
    let acl = PutObject { acl: AskedAcl::canned("public-read"), ..PutObject::default() };
    assert_eq!(code(with(acl).await), "AccessControlListNotSupported");
    let dsse = PutObject { encryption: asked("aws:kms:dsse"), ..PutObject::default() };
    assert_eq!(code(with(dsse).await), "NotImplemented");
    let rot13 = PutObject { encryption: asked("rot13"), ..PutObject::default() };
    assert_eq!(code(with(rot13).await), "InvalidArgument");
}

#[tokio::test]
async fn tags_of_objects() {
    let fixture = Fixture::memory().await;
    let write = fixture.on("s3:PutObjectTagging", "a").await;
    let read = fixture.on("s3:GetObjectTagging", "a").await;
    let delete = fixture.on("s3:DeleteObjectTagging", "a").await;
    let buckets = &fixture.buckets;
    assert_eq!(code(buckets.put_object_tagging(&write, vec![]).await), "NoSuchKey");
    fixture.put("a", "1").await;
    assert!(buckets.get_object_tagging(&read).await.unwrap().tags.is_empty());
    let tags = vec![tag("a", "1"), tag("b", "")];
    buckets.put_object_tagging(&write, tags.clone()).await.unwrap();
    assert_eq!(buckets.get_object_tagging(&read).await.unwrap().tags, tags);
    assert_eq!(head(&fixture, "a").await.tag_count, 2);
    buckets.delete_object_tagging(&delete).await.unwrap();
    assert!(buckets.get_object_tagging(&read).await.unwrap().tags.is_empty());
    let many: Vec<Tag> = (0..11).map(|number| tag(&number.to_string(), "")).collect();
    assert_eq!(code(buckets.put_object_tagging(&write, many).await), "BadRequest");
    for bad in
        [tag("", ""), tag(&"k".repeat(129), ""), tag("k", &"v".repeat(257)), tag("AWS:k", ""), tag("a{b", "")]
    {
        assert_eq!(code(buckets.put_object_tagging(&write, vec![bad]).await), "InvalidTag");
    }
}

#[tokio::test]
async fn copies_take_or_replace_what_goes_with_the_source() {
    let fixture = Fixture::files().await;
    let content = Bytes::from(vec![5; 150_000]);
    let tagging_grant = fixture.on("s3:PutObjectTagging", "a").await;
    let put = PutObject {
        headers: Headers { content_type: Some("text/x".to_owned()), ..Headers::default() },
        metadata: vec![("m".to_owned(), "1".to_owned())],
        tagging: Some(GrantedTags { tags: vec![tag("t", "1")], grant: tagging_grant }),
        ..PutObject::default()
    };
    let source = fixture.put_with("a", put, content.clone()).await.unwrap();
    let (from, to) = (fixture.on("s3:GetObject", "a").await, fixture.on("s3:PutObject", "b").await);
    let copy = async |copy: CopyObject| fixture.buckets.copy_object(&to, &from, copy).await;
    let output = copy(CopyObject::default()).await.unwrap();
    assert_eq!(output.etag, source.etag);
    assert_eq!(fixture.get("b").await.unwrap(), content);
    let view = head(&fixture, "b").await;
    assert_eq!((view.metadata.len(), view.tag_count), (1, 1));
    assert_eq!(view.headers.content_type.as_deref(), Some("text/x"));
    let replace = CopyObject {
        metadata: MetadataDirective::Replace { headers: Headers::default(), metadata: vec![] },
        tagging: TaggingDirective::Replace(None),
        checksum_algorithm: Some(Algorithm::Sha256),
        ..CopyObject::default()
    };
    assert_eq!(copy(replace).await.unwrap().checksum.unwrap().algorithm, Algorithm::Sha256);
    let view = head(&fixture, "b").await;
    assert_eq!((view.metadata.len(), view.tag_count), (0, 0));

    let conditions = ReadConditions { if_match: Some("x".to_owned()), ..ReadConditions::default() };
    assert_eq!(code(copy(CopyObject { conditions, ..CopyObject::default() }).await), "PreconditionFailed");
    let conditions = ReadConditions { if_none_match: Some(source.etag), ..ReadConditions::default() };
    assert_eq!(code(copy(CopyObject { conditions, ..CopyObject::default() }).await), "PreconditionFailed");
    let itself = fixture.on("s3:PutObject", "a").await;
    let onto_itself = fixture.buckets.copy_object(&itself, &from, CopyObject::default()).await.unwrap_err();
    assert_eq!(onto_itself.code(), "InvalidRequest");
    let missing = fixture.on("s3:GetObject", "missing").await;
    assert_eq!(code(fixture.buckets.copy_object(&to, &missing, CopyObject::default()).await), "NoSuchKey");
    assert_eq!(fixture.blob_count().await, 2);
}

#[tokio::test]
async fn many_objects_are_deleted_one_by_one() {
    let fixture = Fixture::memory().await;
    fixture
        .policy(r#"{"Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::logs/keep*"}"#)
        .await
        .unwrap();
    for key in ["a", "b", "keep"] {
        fixture.put(key, "1").await;
    }
    let entry = |key: &str| DeleteEntry { key: key.to_owned(), ..DeleteEntry::default() };
    let entries = [entry("a"), entry("keep"), entry("missing"), entry("b")];
    let delete = async |bucket: &str, entries: &[DeleteEntry]| {
        fixture
            .buckets
            .delete_objects(&root(OWNER), &Context::new(), bucket, entries, &DeleteBy::default())
            .await
    };
    let outcomes = delete(BUCKET, &entries).await.unwrap();
    let codes: Vec<_> =
        outcomes.iter().map(|outcome| outcome.as_ref().err().map(BucketError::code)).collect();
    assert_eq!(codes, [None, Some("AccessDenied"), None, None]);
    assert_eq!(fixture.get("keep").await.unwrap(), "1");
    assert_eq!(code(fixture.get("a").await), "NoSuchKey");
    assert_eq!(code(delete(BUCKET, &[]).await), "MalformedXML");
    assert_eq!(code(delete(BUCKET, &vec![entry("x"); 1001]).await), "MalformedXML");
    assert_eq!(code(delete("nowhere", &entries).await), "NoSuchBucket");
}

#[tokio::test]
async fn time_is_the_clocks() {
    let fixture = Fixture::memory().await;
    fixture.put("a", "1").await;
    let first = head(&fixture, "a").await.last_modified;
    fixture.clock.advance(Duration::seconds(90));
    fixture.put("a", "1").await;
    assert_eq!(head(&fixture, "a").await.last_modified - first, Duration::seconds(90));
}

#[tokio::test]
async fn futures_can_move_between_threads() {
    fn is_send<T: Send>(future: T) -> T {
        future
    }
    let fixture = Fixture::memory().await;
    let grant = fixture.authorize(&root(OWNER), "s3:PutObject", Resource::object(BUCKET, "a")).await.unwrap();
    is_send(fixture.buckets.put_object(&grant, PutObject::default(), body("x"))).await.unwrap();
    let grant = fixture.on("s3:GetObject", "a").await;
    is_send(fixture.buckets.get_object(&grant, &GetObject::default())).await.unwrap();
    let context = Context::new();
    let caller = root(OWNER);
    let entries = [DeleteEntry { key: "a".to_owned(), ..DeleteEntry::default() }];
    is_send(fixture.buckets.delete_objects(&caller, &context, BUCKET, &entries, &DeleteBy::default()))
        .await
        .unwrap();
    is_send(fixture.buckets.sweep()).await.unwrap();
}

fn matching(etag: &str) -> DeleteObject {
    DeleteObject { if_match: Some(etag.to_owned()), ..DeleteObject::default() }
}
