//! Encryption under KMS keys and under keys the customer brings: who can read, and what lies on disk.

use crate::fixture::{BUCKET, Fixture, OWNER, STRANGER, asked, body, code, collect, master, root, user};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use md5::{Digest as _, Md5};
use trailward_bucket::{
    BucketEncryption, BucketError, CompleteUpload, CompletedPart, CopyObject, CopyPart, CreateUpload,
    CustomerKey, EncryptionAsked, EncryptionView, GetObject, Grant, KeyUse, MetadataDirective, PartInput,
    PutObject, Resource,
};
use trailward_kms::{Key, KeyReference, KeySpec, KeyUsage, Keys};
use trailward_policy::Caller;

const REGION: &str = "us-east-1";
const CONTENT: &str = "who deleted the trail, and when";

struct Keyed {
    fixture: Fixture,
    keys: Keys,
    key: Key,
}

impl Keyed {
    async fn over(fixture: Fixture) -> Self {
        let keys = Keys::new(fixture.catalog.clone(), master());
        let key = make(&keys, 1, None, KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt).await;
        Self { fixture, keys, key }
    }

    async fn memory() -> Self {
        Self::over(Fixture::memory().await).await
    }

    fn kms(&self) -> PutObject {
        PutObject { encryption: under(&self.key.arn()), ..PutObject::default() }
    }

    async fn put(&self, key: &str, put: PutObject) -> Result<EncryptionView, BucketError> {
        Ok(self.fixture.put_with(key, put, CONTENT).await?.encryption)
    }

    async fn read_as(&self, caller: &Caller, key: &str, get: GetObject) -> Result<Bytes, BucketError> {
        let grant = self.fixture.authorize(caller, "s3:GetObject", Resource::object(BUCKET, key)).await?;
        Ok(collect(self.fixture.buckets.get_object(&grant, &get).await?.body).await)
    }

    async fn read(&self, key: &str) -> Result<Bytes, BucketError> {
        self.read_as(&root(OWNER), key, GetObject::default()).await
    }

    async fn change(&self, change: impl AsyncFnOnce(&Keys, trailward_kms::Versioned<Key>)) {
        let reference = KeyReference::Id {
            account: OWNER.to_owned(),
            region: REGION.to_owned(),
            id: self.key.id.clone(),
        };
        change(&self.keys, self.keys.find(&reference, 0).await.unwrap()).await;
    }

    async fn default_is(&self, encryption: BucketEncryption) {
        let grant = self.fixture.on_bucket("s3:PutEncryptionConfiguration").await;
        self.fixture.buckets.put_bucket_encryption(&grant, &encryption).await.unwrap();
    }
}

async fn make(keys: &Keys, id: u8, policy: Option<&str>, spec: KeySpec, usage: KeyUsage) -> Key {
    let policy = policy.map(str::to_owned);
    keys.create((OWNER, REGION), [id; 16], 0, (spec, usage), policy, String::new(), Vec::new()).await.unwrap()
}

fn under(key: &str) -> EncryptionAsked {
    EncryptionAsked { kms_key: Some(key.to_owned()), ..asked("aws:kms") }
}

fn customer(byte: u8) -> CustomerKey {
    let key = [byte; 32];
    let md5 = BASE64.encode(Md5::digest(key));
    CustomerKey::read(Some("AES256"), Some(&BASE64.encode(key)), Some(&md5)).unwrap().unwrap()
}

fn brought(byte: u8) -> PutObject {
    let encryption = EncryptionAsked { customer: Some(customer(byte)), ..EncryptionAsked::default() };
    PutObject { encryption, ..PutObject::default() }
}

fn used(grant: &Grant) -> Vec<(&'static str, Option<String>)> {
    let told = |used: KeyUse| (used.action.name(), used.error.map(|(code, _)| code));
    grant.take_key_uses().into_iter().map(told).collect()
}

#[tokio::test]
async fn an_object_under_a_kms_key() {
    let keyed = Keyed::memory().await;
    let view = keyed.put("a", keyed.kms()).await.unwrap();
    assert_eq!(view, EncryptionView::Kms { key: keyed.key.arn(), bucket_key: false });
    assert_eq!(keyed.read("a").await.unwrap(), CONTENT);
    let head = keyed.fixture.on("s3:GetObject", "a").await;
    let shown = keyed.fixture.buckets.head_object(&head, &GetObject::default()).await.unwrap();
    assert_eq!(shown.encryption, view);
    // The entity tag does not tell the content's MD5.
    assert_ne!(shown.etag, hex::encode(Md5::digest(CONTENT)));
    assert!(used(&head).is_empty(), "looking needs no key");
}

#[tokio::test]
async fn each_use_is_told_with_its_context() {
    let keyed = Keyed::memory().await;
    let grant = keyed.fixture.on("s3:PutObject", "a").await;
    let context = BASE64.encode(r#"{"aws:cloudtrail:arn":"arn:aws:cloudtrail:us-east-1:1:trail/t"}"#);
    let encryption = EncryptionAsked { kms_context: Some(context), ..under(&keyed.key.id) };
    let put = PutObject { encryption, ..PutObject::default() };
    keyed.fixture.buckets.put_object(&grant, put, body(CONTENT)).await.unwrap();
    let told = grant.take_key_uses();
    let [one] = &told[..] else { panic!("{told:?}") };
    assert_eq!((one.key.as_str(), one.owner.as_deref()), (&*keyed.key.arn(), Some(OWNER)));
    let context: Vec<_> = one.context.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let wanted = [
        ("aws:cloudtrail:arn", "arn:aws:cloudtrail:us-east-1:1:trail/t"),
        ("aws:s3:arn", "arn:aws:s3:::logs/a"),
    ];
    assert_eq!(context, wanted);
    assert!(grant.take_key_uses().is_empty(), "each use is told once");
    let grant = keyed.fixture.on("s3:GetObject", "a").await;
    keyed.fixture.buckets.get_object(&grant, &GetObject::default()).await.unwrap();
    assert_eq!(used(&grant), [("Decrypt", None)]);
}

#[tokio::test]
async fn reading_needs_the_key_too() {
    let keyed = Keyed::memory().await;
    keyed.put("a", keyed.kms()).await.unwrap();
    let statement = |action: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":{action},"Resource":"*"}}]}}"#
        )
    };
    let reader = user(OWNER, Some(&statement(r#""s3:*""#)));
    let denied = keyed.read_as(&reader, "a", GetObject::default()).await.unwrap_err();
    assert_eq!(denied.code(), "AccessDenied");
    assert!(denied.to_string().contains("kms:Decrypt"), "{denied}");
    let grant =
        keyed.fixture.authorize(&reader, "s3:GetObject", Resource::object(BUCKET, "a")).await.unwrap();
    keyed.fixture.buckets.get_object(&grant, &GetObject::default()).await.unwrap_err();
    assert_eq!(used(&grant), [("Decrypt", Some("AccessDeniedException".to_owned()))]);
    let reader = user(OWNER, Some(&statement(r#"["s3:*","kms:Decrypt"]"#)));
    assert_eq!(keyed.read_as(&reader, "a", GetObject::default()).await.unwrap(), CONTENT);
    // And writing needs another permission than reading.
    let grant =
        keyed.fixture.authorize(&reader, "s3:PutObject", Resource::object(BUCKET, "b")).await.unwrap();
    let put = keyed.fixture.buckets.put_object(&grant, keyed.kms(), body(CONTENT)).await;
    let denied = put.unwrap_err();
    assert!(denied.to_string().contains("kms:GenerateDataKey"), "{denied}");
}

#[tokio::test]
async fn a_key_only_for_this_service_and_this_context() {
    let keyed = Keyed::memory().await;
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[
            {{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{OWNER}:root"}},"Action":"kms:PutKeyPolicy","Resource":"*"}},
            {{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{OWNER}:root"}},"Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"*",
              "Condition":{{"StringEquals":{{"kms:ViaService":"s3.us-east-1.amazonaws.com","kms:CallerAccount":"{OWNER}"}},
                            "StringLike":{{"kms:EncryptionContext:aws:s3:arn":"arn:aws:s3:::logs/open/*"}}}}}}]}}"#
    );
    keyed.change(async |keys, read| keys.put_policy(read, policy).await.unwrap()).await;
    keyed.put("open/a", keyed.kms()).await.unwrap();
    assert_eq!(keyed.read("open/a").await.unwrap(), CONTENT);
    assert_eq!(code(keyed.put("closed/a", keyed.kms()).await), "AccessDenied");
}

#[tokio::test]
async fn a_key_that_cannot_be_used_stops_reads_and_writes() {
    let keyed = Keyed::memory().await;
    keyed.put("a", keyed.kms()).await.unwrap();
    keyed.change(async |keys, read| keys.set_enabled(read, false).await.unwrap()).await;
    assert_eq!(code(keyed.read("a").await), "KMS.DisabledException");
    assert_eq!(code(keyed.put("b", keyed.kms()).await), "KMS.DisabledException");
    keyed.change(async |keys, read| keys.set_enabled(read, true).await.unwrap()).await;
    assert_eq!(keyed.read("a").await.unwrap(), CONTENT);
    keyed
        .change(async |keys, read| {
            keys.schedule_deletion(read, 7, 0).await.unwrap();
        })
        .await;
    assert_eq!(code(keyed.read("a").await), "KMS.NotFoundException", "its day has long come on this clock");
}

#[tokio::test]
async fn a_deleted_key_takes_its_objects_along() {
    let keyed = Keyed::memory().await;
    keyed.put("a", keyed.kms()).await.unwrap();
    let now = 1_700_000_000;
    keyed
        .change(async |keys, read| {
            keys.schedule_deletion(read, 7, now).await.unwrap();
        })
        .await;
    assert_eq!(code(keyed.read("a").await), "KMS.KMSInvalidStateException");
    keyed.fixture.clock.advance(time::Duration::days(8));
    assert_eq!(code(keyed.read("a").await), "KMS.NotFoundException");
}

#[tokio::test]
async fn keys_that_do_not_do() {
    let keyed = Keyed::memory().await;
    let with = |name: &str| PutObject { encryption: under(name), ..PutObject::default() };
    let missing = "arn:aws:kms:us-east-1:111111111111:key/00000000-0000-0000-0000-000000000009";
    assert_eq!(code(keyed.put("a", with(missing)).await), "KMS.NotFoundException");
    assert_eq!(code(keyed.put("a", with("alias/none")).await), "KMS.NotFoundException");
    let elsewhere = keyed.key.arn().replace("us-east-1", "eu-west-1");
    assert_eq!(code(keyed.put("a", with(&elsewhere)).await), "KMS.NotFoundException");
    let rsa = make(&keyed.keys, 2, None, KeySpec::Rsa2048, KeyUsage::SignVerify).await;
    assert_eq!(code(keyed.put("a", with(&rsa.arn())).await), "KMS.InvalidKeyUsageException");
    assert_eq!(code(keyed.read("a").await), "NoSuchKey", "nothing was put");
}

#[tokio::test]
async fn headers_that_contradict_each_other() {
    let keyed = Keyed::memory().await;
    let put = |encryption| PutObject { encryption, ..PutObject::default() };
    let id = || Some(keyed.key.id.clone());
    let alone = EncryptionAsked { kms_key: id(), ..EncryptionAsked::default() };
    let mixed = EncryptionAsked { kms_key: id(), ..asked("AES256") };
    let both = EncryptionAsked { customer: Some(customer(1)), ..asked("AES256") };
    let no_base64 = EncryptionAsked { kms_context: Some("{}".to_owned()), ..under(&keyed.key.id) };
    let no_map = EncryptionAsked { kms_context: Some(BASE64.encode("[1]")), ..under(&keyed.key.id) };
    let other_arn = BASE64.encode(r#"{"aws:s3:arn":"arn:aws:s3:::logs/b"}"#);
    let other_object = EncryptionAsked { kms_context: Some(other_arn), ..under(&keyed.key.id) };
    for wrong in [alone, mixed, both, no_base64, no_map, other_object, asked("AES128")] {
        let shown = format!("{wrong:?}");
        assert_eq!(code(keyed.put("a", put(wrong)).await), "InvalidArgument", "{shown}");
    }
}

#[tokio::test]
async fn the_bucket_default_and_the_key_of_the_service() {
    let keyed = Keyed::memory().await;
    keyed.default_is(BucketEncryption { kms: true, ..BucketEncryption::default() }).await;
    let view = keyed.put("a", PutObject::default()).await.unwrap();
    let EncryptionView::Kms { key, .. } = view else { panic!("{view:?}") };
    let reference = KeyReference::parse("alias/aws/s3", OWNER, REGION).unwrap();
    let made = keyed.keys.find(&reference, 0).await.unwrap().value;
    assert_eq!((key, made.aws_managed), (made.arn(), true));
    assert_eq!(keyed.read("a").await.unwrap(), CONTENT);
    // What is asked for goes before the default.
    assert_eq!(
        keyed.put("b", PutObject { encryption: asked("AES256"), ..PutObject::default() }).await.unwrap(),
        EncryptionView::Store
    );
    keyed
        .default_is(BucketEncryption { kms: true, key: Some(keyed.key.arn()), ..BucketEncryption::default() })
        .await;
    let view = keyed.put("c", PutObject::default()).await.unwrap();
    assert_eq!(view, EncryptionView::Kms { key: keyed.key.arn(), bucket_key: false });
    // Nothing changes for objects that are there.
    assert_eq!(keyed.read("a").await.unwrap(), CONTENT);
}

#[tokio::test]
async fn a_bucket_key_saves_calls_but_no_permission() {
    let keyed = Keyed::memory().await;
    let bucket_key = BucketEncryption {
        kms: true,
        key: Some(keyed.key.arn()),
        bucket_key: true,
        blocks_customer_keys: true,
    };
    keyed.default_is(bucket_key).await;
    let mut calls = 0;
    for at in 0..10 {
        let grant = keyed.fixture.on("s3:PutObject", &format!("{at}")).await;
        let put =
            keyed.fixture.buckets.put_object(&grant, PutObject::default(), body(CONTENT)).await.unwrap();
        assert_eq!(put.encryption, EncryptionView::Kms { key: keyed.key.arn(), bucket_key: true });
        calls += used(&grant).len();
        assert_eq!(keyed.read(&format!("{at}")).await.unwrap(), CONTENT);
    }
    assert_eq!(calls, 1);
    keyed.fixture.clock.advance(time::Duration::seconds(301));
    let grant = keyed.fixture.on("s3:PutObject", "later").await;
    keyed.fixture.buckets.put_object(&grant, PutObject::default(), body(CONTENT)).await.unwrap();
    assert_eq!(used(&grant), [("GenerateDataKey", None)], "another five minutes, another key");
    assert_eq!(keyed.read("0").await.unwrap(), CONTENT);
    keyed.change(async |keys, read| keys.set_enabled(read, false).await.unwrap()).await;
    assert_eq!(code(keyed.read("0").await), "KMS.DisabledException");
    let reader = user(
        OWNER,
        Some(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#),
    );
    keyed.change(async |keys, read| keys.set_enabled(read, true).await.unwrap()).await;
    assert_eq!(code(keyed.read_as(&reader, "0", GetObject::default()).await), "AccessDenied");
}

#[tokio::test]
async fn keys_that_the_customer_brings() {
    let keyed = Keyed::memory().await;
    assert_eq!(code(keyed.put("a", brought(1)).await), "AccessDenied", "blocked unless allowed");
    keyed.default_is(BucketEncryption { blocks_customer_keys: false, ..BucketEncryption::default() }).await;
    keyed.put("a", brought(1)).await.unwrap();
    let with = |byte| GetObject { customer_key: Some(customer(byte)), ..GetObject::default() };
    assert_eq!(keyed.read_as(&root(OWNER), "a", with(1)).await.unwrap(), CONTENT);
    assert_eq!(code(keyed.read_as(&root(OWNER), "a", with(2)).await), "AccessDenied");
    assert_eq!(code(keyed.read("a").await), "InvalidRequest");
    let head = keyed.fixture.on("s3:GetObject", "a").await;
    assert_eq!(code(keyed.fixture.buckets.head_object(&head, &GetObject::default()).await), "InvalidRequest");
    keyed.put("plain", PutObject::default()).await.unwrap();
    assert_eq!(code(keyed.read_as(&root(OWNER), "plain", with(1)).await), "InvalidRequest");
}

#[test]
fn customer_keys_that_are_none() {
    let key = BASE64.encode([1; 32]);
    let md5 = BASE64.encode(Md5::digest([1; 32]));
    let read = CustomerKey::read;
    assert!(read(None, None, None).unwrap().is_none());
    assert_eq!(code(read(None, Some(&key), Some(&md5))), "InvalidArgument");
    assert_eq!(code(read(Some("AES256"), None, Some(&md5))), "InvalidArgument");
    assert_eq!(code(read(Some("AES256"), Some(&key), None)), "InvalidArgument");
    assert_eq!(code(read(Some("DES"), Some(&key), Some(&md5))), "InvalidEncryptionAlgorithmError");
    assert_eq!(code(read(Some("AES256"), Some(&key), Some(&key))), "InvalidArgument");
    let short = read(Some("AES256"), Some(&BASE64.encode([7; 16])), Some(&md5)).unwrap_err();
    assert!(!short.members().iter().any(|(_, value)| value.contains("BwcH")), "the key is not repeated");
    assert!(!format!("{:?}", customer(7)).contains('7'), "nor printed");
}

#[tokio::test]
async fn copies_take_and_bring_keys() {
    let keyed = Keyed::memory().await;
    keyed.default_is(BucketEncryption { blocks_customer_keys: false, ..BucketEncryption::default() }).await;
    keyed.put("a", brought(1)).await.unwrap();
    let copy = async |from: &str, to: &str, copy: CopyObject| {
        let (to, from) =
            (keyed.fixture.on("s3:PutObject", to).await, keyed.fixture.on("s3:GetObject", from).await);
        keyed.fixture.buckets.copy_object(&to, &from, copy).await
    };
    let source = |byte| CopyObject { source_key: Some(customer(byte)), ..CopyObject::default() };
    assert_eq!(code(copy("a", "b", CopyObject::default()).await), "InvalidRequest");
    assert_eq!(code(copy("a", "b", source(2)).await), "AccessDenied");
    assert_eq!(copy("a", "b", source(1)).await.unwrap().encryption, EncryptionView::Store);
    assert_eq!(keyed.read("b").await.unwrap(), CONTENT);
    let to_kms = CopyObject { encryption: under(&keyed.key.arn()), ..CopyObject::default() };
    copy("b", "b", to_kms).await.unwrap();
    assert_eq!(keyed.read("b").await.unwrap(), CONTENT);
    // A copy to where it is needs a reason; the encryption is one.
    let same = CopyObject { metadata: MetadataDirective::Copy, ..CopyObject::default() };
    assert_eq!(code(copy("b", "b", same).await), "InvalidRequest");
    keyed.change(async |keys, read| keys.set_enabled(read, false).await.unwrap()).await;
    assert_eq!(code(copy("b", "c", CopyObject::default()).await), "KMS.DisabledException");
}

#[tokio::test]
async fn uploads_in_parts() {
    let keyed = Keyed::memory().await;
    keyed.default_is(BucketEncryption { blocks_customer_keys: false, ..BucketEncryption::default() }).await;
    let (first, last) = (vec![1; 5 << 20], vec![2; 70_000]);
    let buckets = &keyed.fixture.buckets;
    for (encryption, customer_key) in [
        (under(&keyed.key.arn()), None),
        (EncryptionAsked { customer: Some(customer(1)), ..EncryptionAsked::default() }, Some(customer(1))),
    ] {
        let grant = keyed.fixture.on("s3:PutObject", "big").await;
        let create = CreateUpload { encryption, ..CreateUpload::default() };
        let upload = buckets.create_multipart_upload(&grant, create).await.unwrap().upload_id;
        if customer_key.is_some() {
            let part = buckets.upload_part(&grant, &upload, 1, PartInput::default(), body("x")).await;
            assert_eq!(code(part), "InvalidRequest");
            let other = PartInput { customer_key: Some(customer(2)), ..PartInput::default() };
            assert_eq!(code(buckets.upload_part(&grant, &upload, 1, other, body("x")).await), "AccessDenied");
        }
        let input = PartInput { customer_key: customer_key.clone(), ..PartInput::default() };
        let one = buckets.upload_part(&grant, &upload, 1, input, body(first.clone())).await.unwrap();
        keyed.fixture.put("source", last.clone()).await;
        let from = keyed.fixture.on("s3:GetObject", "source").await;
        let copy = CopyPart { customer_key: customer_key.clone(), ..CopyPart::default() };
        let two = buckets.upload_part_copy(&grant, &upload, 2, &from, &copy).await.unwrap();
        assert_eq!(one.encryption, two.encryption);
        let parts = [(1, one.etag), (2, two.etag)].map(|(number, etag)| CompletedPart {
            number,
            etag,
            ..CompletedPart::default()
        });
        let complete = CompleteUpload { parts: parts.to_vec(), ..CompleteUpload::default() };
        buckets.complete_multipart_upload(&grant, &upload, &complete).await.unwrap();
        let get = GetObject { customer_key, ..GetObject::default() };
        let whole = keyed.read_as(&root(OWNER), "big", get).await.unwrap();
        assert_eq!(whole, [first.clone(), last.clone()].concat());
    }
}

#[tokio::test]
async fn a_stranger_with_a_bucket_policy_needs_a_key_policy_too() {
    let keyed = Keyed::memory().await;
    keyed.put("a", keyed.kms()).await.unwrap();
    let statement = format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"{STRANGER}"}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::{BUCKET}/*"}}"#
    );
    keyed.fixture.policy(&statement).await.unwrap();
    assert_eq!(code(keyed.read_as(&root(STRANGER), "a", GetObject::default()).await), "AccessDenied");
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":["{OWNER}","{STRANGER}"]}},"Action":"kms:*","Resource":"*"}}]}}"#
    );
    keyed.change(async |keys, read| keys.put_policy(read, policy).await.unwrap()).await;
    assert_eq!(keyed.read_as(&root(STRANGER), "a", GetObject::default()).await.unwrap(), CONTENT);
}

/// Whoever has the data directory and its master key still cannot read what is under a key of the customer's.
#[tokio::test]
async fn nothing_in_the_clear_on_disk() {
    let keyed = Keyed::over(Fixture::files().await).await;
    keyed.default_is(BucketEncryption { blocks_customer_keys: false, ..BucketEncryption::default() }).await;
    keyed.put("kms", keyed.kms()).await.unwrap();
    keyed.put("customer", brought(9)).await.unwrap();
    keyed.put("store", PutObject::default()).await.unwrap();
    let plain_keys = [BASE64.encode([9; 32]), hex::encode([9; 32])];
    let mut seen = 0;
    for file in keyed.fixture.all_files() {
        let bytes = std::fs::read(&file).unwrap();
        seen += bytes.len();
        let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        assert!(!holds(CONTENT.as_bytes()), "{}", file.display());
        assert!(!holds(&[9; 32]), "{}", file.display());
        assert!(!plain_keys.iter().any(|key| holds(key.as_bytes())), "{}", file.display());
    }
    assert!(seen > 1000);
    for id in keyed.fixture.blobs.list(None, 100).await.unwrap() {
        let read = keyed.fixture.blobs.read(&id, 0..100, None).await;
        // The one that is readable is the one that was put without a key.
        if let Ok(stream) = read {
            use futures::TryStreamExt as _;
            let bytes: Vec<Bytes> = stream.try_collect().await.unwrap();
            assert_eq!(bytes.concat(), CONTENT.as_bytes());
            seen = 0;
        }
    }
    assert_eq!(seen, 0, "the object without a key is among them");
}
