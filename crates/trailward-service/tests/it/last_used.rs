//! When keys were last used.

use crate::world::{World, allow};
use serde_json::json;
use time::Duration;

#[tokio::test]
async fn use_is_noted_and_kept() {
    let world = World::new().await;
    let bob = world.user("bob", Some(allow("*"))).await;
    let asked = json!({"AccessKeyId": bob.access_key_id});
    let never = world.root("iam", "GetAccessKeyLastUsed", asked.clone()).await.ok();
    assert_eq!(never.text("ServiceName").unwrap(), "N/A");
    assert_eq!(never.text("LastUsedDate"), None);

    world.call("cloudtrail", "DescribeTrails", json!({}), &bob).await.ok();
    let used = world.root("iam", "GetAccessKeyLastUsed", asked.clone()).await.ok();
    assert_eq!(used.text("ServiceName").unwrap(), "cloudtrail");
    assert_eq!(used.text("Region").unwrap(), "us-east-1");
    assert_eq!(used.text("LastUsedDate").unwrap(), "2026-01-02T03:04:05Z");
    assert_eq!(used.text("UserName").unwrap(), "bob");

    world.platform.flush_last_used().await.unwrap();
    let kept = world.root("iam", "GetAccessKeyLastUsed", asked.clone()).await.ok();
    assert_eq!(kept.text("LastUsedDate"), used.text("LastUsedDate"));

    world.clock.advance(Duration::hours(1));
    world.call("sts", "GetCallerIdentity", json!({}), &bob).await.ok();
    let later = world.root("iam", "GetAccessKeyLastUsed", asked.clone()).await.ok();
    assert_eq!(later.text("ServiceName").unwrap(), "sts");
    assert_eq!(later.text("LastUsedDate").unwrap(), "2026-01-02T04:04:05Z");
}

#[tokio::test]
async fn a_wrong_signature_is_no_use() {
    let world = World::new().await;
    let mut bob = world.user("bob", Some(allow("*"))).await;
    bob.secret = trailward_wire::sigv4::SigningSecret::new("wrong");
    world.call("sts", "GetCallerIdentity", json!({}), &bob).await.failed(403, "SignatureDoesNotMatch");
    let asked = json!({"AccessKeyId": bob.access_key_id});
    let never = world.root("iam", "GetAccessKeyLastUsed", asked).await.ok();
    assert_eq!(never.text("ServiceName").unwrap(), "N/A");
}
