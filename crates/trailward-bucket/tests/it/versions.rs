//! Versions, delete markers, and the version `null`.

use crate::fixture::{Fixture, code};
use trailward_bucket::{BucketError, GetObject, VersionEntry};

/// `key/latest/what` of every version, in the order of the listing.
fn shown(versions: &[VersionEntry]) -> Vec<String> {
    versions
        .iter()
        .map(|version| {
            let kind = version.object.as_ref().map_or("marker".to_owned(), |object| object.size.to_string());
            let null = if version.version_id == "null" { " null" } else { "" };
            format!("{}{} {kind}{null}", version.key, if version.is_latest { "*" } else { "" })
        })
        .collect()
}

#[tokio::test]
async fn every_put_and_delete_adds_a_version() {
    for fixture in [Fixture::memory().await, Fixture::files().await] {
        fixture.put("a", "").await;
        fixture.versioning("Enabled").await;
        let first = fixture.put("a", "1").await.version_id.unwrap();
        let second = fixture.put("a", "22").await.version_id.unwrap();
        let marker = fixture.delete("a").await;
        assert!(marker.delete_marker);
        fixture.put("b", "333").await;
        assert_eq!(shown(&fixture.versions().await), ["a* marker", "a 2", "a 1", "a 0 null", "b* 3"]);
        assert_eq!(fixture.get_version("a", &first).await.unwrap(), "1");
        assert_eq!(fixture.get_version("a", "null").await.unwrap(), "");

        let error = fixture.get("a").await.unwrap_err();
        let id = marker.version_id.clone().unwrap();
        let headers = [("x-amz-delete-marker", "true".to_owned()), ("x-amz-version-id", id.clone())];
        assert_eq!((error.code(), error.headers()), ("NoSuchKey", headers.to_vec()));
        let error = fixture.get_version("a", &id).await.unwrap_err();
        assert_eq!((error.code(), error.status()), ("MethodNotAllowed", 405));
        assert_eq!(error.headers()[2], ("Allow", "DELETE".to_owned()));

        let undeleted = fixture.delete_version("a", &id).await.unwrap();
        assert_eq!((undeleted.delete_marker, undeleted.version_id), (true, marker.version_id));
        assert_eq!(fixture.get("a").await.unwrap(), "22");
        fixture.delete_version("a", &second).await.unwrap();
        assert_eq!(fixture.get("a").await.unwrap(), "1");
        fixture.delete_version("a", "null").await.unwrap();
        fixture.delete_version("a", &first).await.unwrap();
        fixture.delete_version("a", &first).await.unwrap();
        assert_eq!(shown(&fixture.versions().await), ["b* 3"]);
        assert_eq!(code(fixture.get("a").await), "NoSuchKey");
        assert_eq!(fixture.blob_count().await, 1);
    }
}

#[tokio::test]
async fn suspended_buckets_write_the_version_null() {
    let fixture = Fixture::memory().await;
    fixture.versioning("Enabled").await;
    fixture.put("a", "1").await;
    fixture.versioning("Suspended").await;
    assert_eq!(fixture.put("a", "22").await.version_id.as_deref(), Some("null"));
    fixture.put("a", "333").await;
    assert_eq!(shown(&fixture.versions().await), ["a* 3 null", "a 1"]);
    let marker = fixture.delete("a").await;
    assert_eq!((marker.delete_marker, marker.version_id.as_deref()), (true, Some("null")));
    assert_eq!(shown(&fixture.versions().await), ["a* marker null", "a 1"]);
    fixture.versioning("Enabled").await;
    fixture.put("a", "4444").await;
    assert_eq!(shown(&fixture.versions().await), ["a* 4", "a marker null", "a 1"]);
    fixture.versioning("Suspended").await;
    fixture.put("a", "55555").await;
    assert_eq!(shown(&fixture.versions().await), ["a* 5 null", "a 4", "a 1"]);
    fixture.delete_version("a", "null").await.unwrap();
    assert_eq!(fixture.get("a").await.unwrap(), "4444");
    assert_eq!(fixture.blob_count().await, 2);
}

#[tokio::test]
async fn a_marker_is_made_even_for_nothing() {
    let fixture = Fixture::memory().await;
    fixture.versioning("Enabled").await;
    assert!(fixture.delete("ghost").await.delete_marker);
    assert!(fixture.delete("ghost").await.delete_marker);
    assert_eq!(shown(&fixture.versions().await), ["ghost* marker", "ghost marker"]);
}

#[tokio::test]
async fn version_ids_that_are_none() {
    let fixture = Fixture::memory().await;
    fixture.versioning("Enabled").await;
    let id = fixture.put("a", "1").await.version_id.unwrap();
    for bad in ["x", "", "nul", "AAAA"] {
        let error = fixture.get_version("a", bad).await.unwrap_err();
        assert_eq!(error.code(), "InvalidArgument", "{bad}");
        assert_eq!(error.to_string(), "Invalid version id specified");
        assert_eq!(code(fixture.delete_version("a", bad).await), "InvalidArgument");
    }
    let error = fixture.get_version("b", &id).await.unwrap_err();
    assert!(matches!(&error, BucketError::NoSuchVersion { key, version } if key == "b" && *version == id));
    assert_eq!(code(fixture.get_version("a", "null").await), "NoSuchVersion");
    fixture.delete_version("b", &id).await.unwrap();
    assert_eq!(fixture.get("a").await.unwrap(), "1");
}

#[tokio::test]
async fn tags_belong_to_one_version() {
    let fixture = Fixture::memory().await;
    fixture.versioning("Enabled").await;
    let old = fixture.put("a", "1").await.version_id.unwrap();
    fixture.put("a", "2").await;
    let tags = vec![trailward_bucket::Tag { key: "k".to_owned(), value: "v".to_owned() }];
    let grant = fixture.on_version("s3:PutObjectVersionTagging", "a", &old).await;
    let output = fixture.buckets.put_object_tagging(&grant, tags).await.unwrap();
    assert_eq!(output.version_id, Some(old.clone()));
    let newest = fixture.on("s3:GetObject", "a").await;
    assert_eq!(fixture.buckets.head_object(&newest, &GetObject::default()).await.unwrap().tag_count, 0);
    let grant = fixture.on_version("s3:GetObjectVersion", "a", &old).await;
    assert_eq!(fixture.buckets.head_object(&grant, &GetObject::default()).await.unwrap().tag_count, 1);
}
