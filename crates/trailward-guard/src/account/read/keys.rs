//! The trail's KMS key.

use super::Reader;
use crate::account::{Fact, Key};
use crate::control::Control;
use aws_sdk_kms::Client;
use aws_sdk_kms::types::{KeyMetadata, KeySpec, KeyUsageType};

/// The tag that says which trail a key was made for, so that one without its alias is found again.
pub const KEY_TAG: &str = "trailward:trail";
/// Keys that are looked at for the tag, newest pages last.
const MOST_KEYS: usize = 1_000;

impl Reader {
    /// The key with the control's alias, or the one with its tag if no key has the alias.
    pub(super) async fn key(&self, control: &Control) -> Fact<Key> {
        let client = Client::new(&self.region(&control.trail.region));
        let (alias, missing) = (&control.key.alias, ["NotFoundException"]);
        let call = client.describe_key().key_id(alias).send();
        let (described, named) = match self.ask("kms:DescribeKey", call, &missing).await {
            Fact::Present(answer) => (answer.key_metadata, true),
            Fact::Absent => match self.tagged(&client, &control.trail.name).await {
                Fact::Present(metadata) => (Some(metadata), false),
                other => return other.map(|_| Key::default()),
            },
            other => return other.map(|_| Key::default()),
        };
        let Some(metadata) = described else { return Fact::Absent };
        let id = &metadata.key_id;
        let rotation = self.ask(
            "kms:GetKeyRotationStatus",
            client.get_key_rotation_status().key_id(id).send(),
            // A key of this kind, or in this state, has none.
            &["UnsupportedOperationException", "KMSInvalidStateException"],
        );
        let policy = self.ask(
            "kms:GetKeyPolicy",
            client.get_key_policy().key_id(id).policy_name("default").send(),
            &missing,
        );
        let (rotation, policy) = futures::join!(rotation, policy);
        Fact::Present(Key {
            arn: metadata.arn.clone().unwrap_or_default(),
            state: metadata.key_state.as_ref().map(|s| s.as_str().to_owned()).unwrap_or_default(),
            named,
            symmetric: metadata.key_spec.as_ref().is_none_or(|spec| *spec == KeySpec::SymmetricDefault)
                && metadata.key_usage.as_ref().is_none_or(|usage| *usage == KeyUsageType::EncryptDecrypt),
            rotation: rotation.map(|answer| answer.key_rotation_enabled),
            policy: policy.and(|answer| answer.policy),
        })
    }

    /// A usable key that carries the control's tag: one that was made before its alias could be.
    async fn tagged(&self, client: &Client, trail: &str) -> Fact<KeyMetadata> {
        let (mut marker, mut seen) = (None, 0);
        loop {
            let call = client.list_keys().set_marker(marker.take()).send();
            let page = match self.ask("kms:ListKeys", call, &[]).await {
                Fact::Present(page) => page,
                other => return other.and(|_| None),
            };
            for id in page.keys.unwrap_or_default().into_iter().filter_map(|key| key.key_id) {
                seen += 1;
                let call = client.list_resource_tags().key_id(&id).send();
                // Keys of AWS's own, and of others, may refuse to be asked.
                let Fact::Present(tags) =
                    self.ask("kms:ListResourceTags", call, &["NotFoundException"]).await
                else {
                    continue;
                };
                let mut tags = tags.tags.unwrap_or_default().into_iter();
                if !tags.any(|tag| tag.tag_key == KEY_TAG && tag.tag_value == trail) {
                    continue;
                }
                let call = client.describe_key().key_id(&id).send();
                let described = self.ask("kms:DescribeKey", call, &["NotFoundException"]).await;
                if let Fact::Present(Some(metadata)) = described.map(|answer| answer.key_metadata)
                    && metadata.key_state.as_ref().is_some_and(|state| state.as_str() == "Enabled")
                {
                    return Fact::Present(metadata);
                }
            }
            marker = page.next_marker;
            if marker.is_none() || seen >= MOST_KEYS {
                return Fact::Absent;
            }
        }
    }
}
