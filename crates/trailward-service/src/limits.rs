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

/// `requestParameters` and `responseElements` in a record, bytes; larger ones are left out.
pub(crate) const MAX_RECORD_ELEMENTS: usize = 100 * 1024;
