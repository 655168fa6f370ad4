//! Ways through the KMS key.
//!
//! SPEC AWS KMS Developer Guide, "Key states", "Deleting AWS KMS keys", "Key policies", "Grants".

use super::{On, Ways};
use crate::who::report::{Effect, Severity};
use crate::who::snapshot::Snapshot;
use Effect::{Destroys, Opens, Starves};
use Severity::{Critical, High, Low};

const CLOSES: &str = "name in the key policy who administers the key, deny the rest in a service control policy, and let nobody but \
                      a break-glass role disable or delete it";

pub(super) fn ways(snapshot: &Snapshot, ways: &mut Ways) {
    let Some(key) = &snapshot.key else { return };
    let mut add = |id, title, action: &'static str, outcome| {
        ways.add(id, title, On::Key, &[action], outcome, CLOSES);
    };
    let title = "disable the key: nothing more is delivered, and nothing can be read";
    add("disable-key", title, "kms:DisableKey", (Starves, High));
    let title = "schedule the key's deletion: after 7 days every log file is unreadable for good";
    add("delete-key", title, "kms:ScheduleKeyDeletion", (Destroys, Critical));
    let title = "replace the key policy: shut CloudTrail out, or let somebody in to delete the key";
    add("key-policy", title, "kms:PutKeyPolicy", (Opens, Critical));
    let title = "give others the use of the key with grants";
    add("key-grants", title, "kms:CreateGrant", (Opens, Low));
    if key.imported != Some(false) {
        let title = "delete the key's imported material: every log file is unreadable at once";
        add("key-material", title, "kms:DeleteImportedKeyMaterial", (Destroys, Critical));
        if key.imported.is_none()
            && let Some(way) = ways.open.last_mut()
        {
            way.unsure = Some("if its material is imported, which could not be read".to_owned());
        }
    }
}
