//! Every bound of the front door, in one place.

use std::time::Duration;

/// The body of a JSON or Query request, bytes. AWS's own limits per member are far below.
pub(crate) const MAX_BODY: usize = 1 << 20;

/// How long a JSON or Query body may take to arrive.
pub(crate) const BODY_TIME: Duration = Duration::from_secs(30);

/// How long an S3 upload may stay silent between two pieces.
pub(crate) const UPLOAD_SILENCE: Duration = Duration::from_mins(1);

/// An XML body of an S3 request, bytes: `DeleteObjects` with 1,000 keys of 1,024 escaped bytes fits.
pub(crate) const MAX_XML_BODY: usize = 8 << 20;

/// `userAgent`, `errorCode`, `errorMessage` in a record, bytes.
pub(crate) const MAX_RECORD_TEXT: usize = 1024;

/// `requestParameters` and `serviceEventDetails` in a record, bytes of JSON. The largest request that an operation
/// accepts fits; of larger ones the largest members are left out and named.
pub(crate) const MAX_RECORD_REQUEST: usize = 512 << 10;

/// `responseElements` in a record, bytes of JSON.
pub(crate) const MAX_RECORD_RESPONSE: usize = 100 << 10;

/// `additionalEventData` in a record, bytes of JSON, without what it tells of omissions.
pub(crate) const MAX_RECORD_ADDITIONAL: usize = 28 << 10;

/// Omissions that a record names; more are counted.
pub(crate) const MAX_OMISSIONS: usize = 32;

/// `resources` in a record.
pub(crate) const MAX_RECORD_RESOURCES: usize = 16;

/// An ARN in `resources` of a record, bytes: an object's with the longest key is shorter.
pub(crate) const MAX_RECORD_NAME: usize = 2048;

/// Query parameters that S3 does not know, in `requestParameters`, bytes together; each has at most a quarter.
pub(crate) const MAX_RECORD_FOREIGN: usize = 8 << 10;
