//! Any bytes as a record: read and selected, never a panic; what is read survives a round trip.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trailward_model::selector::Selectors;
use trailward_model::{Record, RecordView};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(view) = RecordView::parse(bytes) {
        let _ = Selectors::default().matches(&view);
        let _ = view.is_global_service();
    }
    if let Ok(record) = serde_json::from_slice::<Record>(bytes) {
        let again = serde_json::to_vec(&record).expect("a record can be written");
        assert_eq!(serde_json::from_slice::<Record>(&again).expect("and read again"), record);
    }
});
