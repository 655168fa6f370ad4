//! Uploads in parts.

use crate::fixture::{Fixture, body, code, collect};
use bytes::Bytes;
use md5::{Digest as _, Md5};
use trailward_bucket::{
    Algorithm, BucketError, ByteRange, ChecksumKind, CompleteUpload, CompletedPart, CopyPart, CreateUpload,
    Expected, ExpectedChecksum, GetObject, ListParts, ListUploads, PartInput, PartOutput, PutCondition,
    PutOutput,
};

const MIB: usize = 1 << 20;

async fn begin(fixture: &Fixture, key: &str) -> String {
    begin_with(fixture, key, CreateUpload::default()).await
}

async fn begin_with(fixture: &Fixture, key: &str, create: CreateUpload) -> String {
    let grant = fixture.on("s3:PutObject", key).await;
    fixture.buckets.create_multipart_upload(&grant, create).await.unwrap().upload_id
}

async fn part(
    fixture: &Fixture,
    key: &str,
    upload: &str,
    number: u32,
    content: impl Into<Bytes>,
) -> Result<PartOutput, BucketError> {
    let grant = fixture.on("s3:PutObject", key).await;
    fixture.buckets.upload_part(&grant, upload, number, PartInput::default(), body(content)).await
}

async fn complete(
    fixture: &Fixture,
    key: &str,
    upload: &str,
    parts: &[(u32, &str)],
) -> Result<PutOutput, BucketError> {
    let parts = parts
        .iter()
        .map(|(number, etag)| CompletedPart { number: *number, etag: format!("\"{etag}\""), checksum: None })
        .collect();
    let grant = fixture.on("s3:PutObject", key).await;
    let complete = CompleteUpload { parts, ..CompleteUpload::default() };
    fixture.buckets.complete_multipart_upload(&grant, upload, &complete).await
}

#[tokio::test]
async fn parts_become_an_object() {
    for fixture in [Fixture::memory().await, Fixture::files().await] {
        fixture.versioning("Enabled").await;
        let upload = begin(&fixture, "big").await;
        let (one, two) = (Bytes::from(vec![1; 5 * MIB]), Bytes::from(vec![2; 1234]));
        part(&fixture, "big", &upload, 2, "replaced below").await.unwrap();
        let second = part(&fixture, "big", &upload, 2, two.clone()).await.unwrap().etag;
        let first = part(&fixture, "big", &upload, 1, one.clone()).await.unwrap().etag;
        part(&fixture, "big", &upload, 7, "not named").await.unwrap();
        assert_eq!(code(fixture.get("big").await), "NoSuchKey");

        let output = complete(&fixture, "big", &upload, &[(1, &first), (2, &second)]).await.unwrap();
        let digests = [Md5::digest(&one), Md5::digest(&two)].concat();
        assert_eq!(output.etag, format!("{}-2", hex::encode(Md5::digest(digests))));
        assert!(output.version_id.is_some());
        assert_eq!(fixture.get("big").await.unwrap(), [&one[..], &two].concat());
        assert_eq!(fixture.blob_count().await, 2);

        let again = complete(&fixture, "big", &upload, &[(1, &first), (2, &second)]).await.unwrap();
        assert!(again.already_there);
        assert_eq!((again.version_id.clone(), again.etag), (output.version_id, output.etag));
        assert_eq!(code(part(&fixture, "big", &upload, 3, "late").await), "NoSuchUpload");

        let grant = fixture.on("s3:GetObject", "big").await;
        let at = 5 * MIB as u64;
        let get = GetObject { range: Some(ByteRange::Between(at - 2, at + 1)), ..GetObject::default() };
        let read = fixture.buckets.get_object(&grant, &get).await.unwrap();
        assert_eq!(collect(read.body).await, vec![1, 1, 2, 2]);
        let get = GetObject { part_number: Some(2), ..GetObject::default() };
        let read = fixture.buckets.get_object(&grant, &get).await.unwrap();
        assert_eq!((read.view.parts_count, read.view.content_length), (Some(2), 1234));
        assert_eq!(collect(read.body).await, two);
        let get = GetObject { part_number: Some(3), ..GetObject::default() };
        let error = fixture.buckets.get_object(&grant, &get).await.unwrap_err();
        assert_eq!((error.code(), error.status()), ("InvalidPartNumber", 416));

        fixture.delete_version("big", &again.version_id.unwrap()).await.unwrap();
        assert_eq!(fixture.blob_count().await, 0);
    }
}

#[tokio::test]
async fn what_completion_refuses() {
    let fixture = Fixture::memory().await;
    let upload = begin(&fixture, "a").await;
    let small = part(&fixture, "a", &upload, 1, "small").await.unwrap().etag;
    let last = part(&fixture, "a", &upload, 2, "last").await.unwrap().etag;
    let error = complete(&fixture, "a", &upload, &[(1, &small), (2, &last)]).await.unwrap_err();
    assert_eq!(error.code(), "EntityTooSmall");
    let members = error.members();
    assert_eq!(members[0], ("ProposedSize", "5".to_owned()));
    assert_eq!(members[1], ("MinSizeAllowed", "5242880".to_owned()));
    assert_eq!(code(complete(&fixture, "a", &upload, &[(2, &last), (1, &small)]).await), "InvalidPartOrder");
    assert_eq!(code(complete(&fixture, "a", &upload, &[(1, &small), (1, &small)]).await), "InvalidPartOrder");
    assert_eq!(code(complete(&fixture, "a", &upload, &[(1, &last)]).await), "InvalidPart");
    assert_eq!(code(complete(&fixture, "a", &upload, &[(9, &last)]).await), "InvalidPart");
    assert_eq!(code(complete(&fixture, "a", &upload, &[]).await), "MalformedXML");
    assert_eq!(code(complete(&fixture, "b", &upload, &[(1, &small)]).await), "NoSuchUpload");
    assert_eq!(code(complete(&fixture, "a", "nonsense", &[(1, &small)]).await), "NoSuchUpload");
    for number in [0, 10_001] {
        assert_eq!(code(part(&fixture, "a", &upload, number, "x").await), "InvalidArgument");
    }
    fixture.put("a", "there").await;
    let grant = fixture.on("s3:PutObject", "a").await;
    let mut wanted = CompleteUpload {
        parts: vec![CompletedPart { number: 1, etag: small, checksum: None }],
        condition: PutCondition::Absent,
        ..CompleteUpload::default()
    };
    let result = fixture.buckets.complete_multipart_upload(&grant, &upload, &wanted).await;
    assert_eq!(code(result), "PreconditionFailed");
    wanted.condition = PutCondition::Always;
    wanted.size = Some(6);
    let result = fixture.buckets.complete_multipart_upload(&grant, &upload, &wanted).await;
    assert_eq!(code(result), "InvalidRequest");
    wanted.size = Some(5);
    fixture.buckets.complete_multipart_upload(&grant, &upload, &wanted).await.unwrap();
    assert_eq!(fixture.get("a").await.unwrap(), "small");
    assert_eq!(fixture.blob_count().await, 1);
}

#[tokio::test]
async fn aborting_leaves_nothing() {
    let fixture = Fixture::files().await;
    let upload = begin(&fixture, "a").await;
    for number in 1..=3 {
        part(&fixture, "a", &upload, number, "x").await.unwrap();
    }
    let grant = fixture.on("s3:AbortMultipartUpload", "a").await;
    fixture.buckets.abort_multipart_upload(&grant, &upload).await.unwrap();
    assert_eq!(fixture.blob_count().await, 0);
    let error = fixture.buckets.abort_multipart_upload(&grant, &upload).await.unwrap_err();
    assert_eq!((error.code(), error.status()), ("NoSuchUpload", 404));
    let upload = begin(&fixture, "a").await;
    part(&fixture, "a", &upload, 1, "x").await.unwrap();
    let delete = fixture.on_bucket("s3:DeleteBucket").await;
    fixture.buckets.delete_bucket(&delete).await.unwrap();
    assert_eq!(fixture.blob_count().await, 0);
}

#[tokio::test]
async fn checksums_of_parts_are_combined() {
    let fixture = Fixture::memory().await;
    let content: Bytes = (0..6 * MIB).map(|at| at.to_le_bytes()[1]).collect();
    for algorithm in Algorithm::ALL {
        for kind in [ChecksumKind::FullObject, ChecksumKind::Composite] {
            let create = CreateUpload {
                checksum_algorithm: Some(algorithm),
                checksum_kind: Some(kind),
                ..CreateUpload::default()
            };
            let grant = fixture.on("s3:PutObject", "a").await;
            let begun = fixture.buckets.create_multipart_upload(&grant, create).await;
            let crc = !matches!(algorithm, Algorithm::Sha1 | Algorithm::Sha256);
            let possible = match kind {
                ChecksumKind::FullObject => crc,
                ChecksumKind::Composite => algorithm != Algorithm::Crc64Nvme,
            };
            if !possible {
                assert_eq!(code(begun), "InvalidRequest");
                continue;
            }
            let upload = begun.unwrap().upload_id;
            let one = part(&fixture, "a", &upload, 1, content.slice(..5 * MIB)).await.unwrap();
            let two = part(&fixture, "a", &upload, 2, content.slice(5 * MIB..)).await.unwrap();
            let parts = [one, two].into_iter().zip(1..).map(|(part, number)| CompletedPart {
                number,
                etag: part.etag,
                checksum: part.checksum.map(|checksum| checksum.value),
            });
            let complete = CompleteUpload { parts: parts.collect(), ..CompleteUpload::default() };
            let output = fixture.buckets.complete_multipart_upload(&grant, &upload, &complete).await.unwrap();
            let checksum = output.checksum.unwrap();
            assert_eq!((checksum.algorithm, checksum.kind), (algorithm, kind));
            if kind == ChecksumKind::FullObject {
                let put = trailward_bucket::PutObject {
                    checksum: Some(ExpectedChecksum { algorithm, expected: Expected::Value(checksum.value) }),
                    ..Default::default()
                };
                fixture.put_with("whole", put, content.clone()).await.unwrap();
            } else {
                assert!(checksum.value.ends_with("-2"), "{}", checksum.value);
            }
        }
    }
    let create = CreateUpload { checksum_algorithm: Some(Algorithm::Sha256), ..CreateUpload::default() };
    let upload = begin_with(&fixture, "a", create).await;
    let grant = fixture.on("s3:PutObject", "a").await;
    let checksum = Some(ExpectedChecksum { algorithm: Algorithm::Crc32, expected: Expected::Computed });
    let input = PartInput { checksum, ..PartInput::default() };
    assert_eq!(
        code(fixture.buckets.upload_part(&grant, &upload, 1, input, body("x")).await),
        "InvalidRequest"
    );
}

#[tokio::test]
async fn parts_can_be_copied() {
    let fixture = Fixture::files().await;
    let content: Bytes = (0..6 * MIB).map(|at| at.to_le_bytes()[1]).collect();
    fixture.put("source", content.clone()).await;
    let upload = begin(&fixture, "a").await;
    let (to, from) = (fixture.on("s3:PutObject", "a").await, fixture.on("s3:GetObject", "source").await);
    let copy = async |number, range: Option<&str>| {
        let copy = CopyPart { range: range.map(str::to_owned), ..CopyPart::default() };
        fixture.buckets.upload_part_copy(&to, &upload, number, &from, &copy).await
    };
    let one = copy(1, None).await.unwrap().etag;
    let two = copy(2, Some("bytes=1-3")).await.unwrap().etag;
    for bad in ["bytes=0-6291456", "bytes=5-", "bytes=-5", "0-1"] {
        assert_eq!(code(copy(3, Some(bad)).await), "InvalidArgument", "{bad}");
    }
    complete(&fixture, "a", &upload, &[(1, &one), (2, &two)]).await.unwrap();
    assert_eq!(fixture.get("a").await.unwrap(), [&content[..], &content[1..4]].concat());
}

#[tokio::test]
async fn parts_and_uploads_are_listed() {
    let fixture = Fixture::memory().await;
    let upload = begin(&fixture, "a/1").await;
    for number in [3, 1, 2, 10_000] {
        part(&fixture, "a/1", &upload, number, vec![0; usize::try_from(number).unwrap()]).await.unwrap();
    }
    let grant = fixture.on("s3:ListMultipartUploadParts", "a/1").await;
    let mut numbers = Vec::new();
    let mut marker = None;
    loop {
        let list = ListParts { part_number_marker: marker, max_parts: Some(3) };
        let page = fixture.buckets.list_parts(&grant, &upload, &list).await.unwrap();
        numbers.extend(page.parts.iter().map(|part| (part.number, part.size)));
        marker = page.next_part_number_marker;
        if !page.is_truncated {
            break;
        }
    }
    assert_eq!(numbers, [(1, 1), (2, 2), (3, 3), (10_000, 10_000)]);

    fixture.clock.advance(time::Duration::seconds(1));
    let later = begin(&fixture, "a/1").await;
    let other = begin(&fixture, "b").await;
    let grant = fixture.on_bucket("s3:ListBucketMultipartUploads").await;
    let mut ids = Vec::new();
    let mut list = ListUploads { max_uploads: Some(1), ..ListUploads::default() };
    loop {
        let page = fixture.buckets.list_multipart_uploads(&grant, &list).await.unwrap();
        ids.extend(page.uploads.into_iter().map(|upload| upload.upload_id));
        list.key_marker = page.next_key_marker;
        list.upload_id_marker = page.next_upload_id_marker;
        if !page.is_truncated {
            break;
        }
    }
    assert_eq!(ids, [upload, later, other]);
    let folded = ListUploads { delimiter: Some("/".to_owned()), ..ListUploads::default() };
    let page = fixture.buckets.list_multipart_uploads(&grant, &folded).await.unwrap();
    assert_eq!((page.common_prefixes, page.uploads.len()), (vec!["a/".to_owned()], 1));
}
