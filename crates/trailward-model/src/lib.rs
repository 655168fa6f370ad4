//! The words of Trailward, as types: records, identities, ARNs, selectors, trails, and the name of every
//! object that is ever delivered ([`layout`]).
//!
//! Not here: anything that waits, stores, signs or speaks HTTP. This crate has no side effects.

pub mod advanced;
mod arn;
mod clock;
pub mod delivered;
mod identity;
pub mod journaled;
pub mod layout;
mod record;
mod region;
pub mod selector;
pub mod stamp;
mod trail;
mod trail_name;
mod view;

pub use arn::{Arn, ArnError};
pub use clock::{Clock, ManualClock, SystemClock};
pub use identity::{SessionAttributes, SessionContext, SessionIssuer, UserIdentity};
pub use record::{EVENT_VERSION, Record, RecordResource, TlsDetails};
pub use region::{DEFAULT_REGIONS, is_region_name};
pub use trail::{Joining, Tag, Trail, TrailEpoch, TrailKey, TrailOrganization};
pub use trail_name::{TrailNameError, check_trail_name};
pub use view::{IdentityView, RecordView, ResourceView};
