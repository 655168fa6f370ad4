//! The compatibility page is what the tables say.

use std::fs;
use std::path::Path;
use trailward_service::compatibility;

#[test]
fn the_page_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../COMPATIBILITY.md");
    let now = compatibility::markdown();
    if std::env::var_os("TRAILWARD_BLESS").is_some() {
        fs::write(&path, &now).expect("a writable page");
    }
    let page = fs::read_to_string(&path).expect("COMPATIBILITY.md");
    assert!(page == now, "COMPATIBILITY.md is not what the tables say: run with TRAILWARD_BLESS=1");
}

#[test]
fn no_operation_is_listed_twice() {
    let all = compatibility::operations();
    for pair in all.windows(2) {
        assert_ne!((pair[0].0, pair[0].1), (pair[1].0, pair[1].1));
    }
}
