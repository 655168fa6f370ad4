//! 30,000 records that AWS wrote pass through the model without loss.

use flate2::read::MultiGzDecoder;
use serde_json::Value;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use trailward_model::selector::Selectors;
use trailward_model::{Record, RecordView};

fn files(root: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "gz") {
            found.push(path);
        }
    }
}

#[test]
fn survive_a_round_trip() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/cloudtrail");
    if !root.is_dir() {
        // Past the test runner's capture: a skipped test must not look like a passed one.
        let _ = std::io::stderr().write_all(b"\nskipped: the real log data is not beside this checkout\n");
        return;
    }
    let mut paths = Vec::new();
    files(&root, &mut paths);
    let all = Selectors::Basic(
        serde_json::from_str(r#"[{"DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3"]}]}]"#)
            .unwrap(),
    );
    let (mut records, mut management, mut wanted) = (0, 0, 0);
    for path in &paths {
        let mut json = Vec::new();
        MultiGzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut json).unwrap();
        let file: Value = serde_json::from_slice(&json).unwrap();
        for value in file["Records"].as_array().unwrap() {
            let record: Record = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(&serde_json::to_value(&record).unwrap(), value, "{}", path.display());
            assert!(record.other.is_empty(), "{:?} in {}", record.other, path.display());
            let text = serde_json::to_vec(value).unwrap();
            let view = RecordView::parse(&text).unwrap();
            records += 1;
            management += usize::from(Selectors::default().matches(&view));
            wanted += usize::from(all.matches(&view));
        }
    }
    assert_eq!(records, 30_477 + 250);
    // Every management record is selected by default; the rest are S3 data events.
    let data = records - management;
    assert!((10_000..20_000).contains(&data), "{data}");
    assert_eq!(wanted, records);
}
