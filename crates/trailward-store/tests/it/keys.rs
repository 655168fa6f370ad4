use proptest::prelude::*;
use trailward_store::StoreErrorKind;
use trailward_store::keys::{Key, KeyReader};

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof![Just('\0'), Just('\u{1}'), Just('a'), Just('\u{ffff}'), any::<char>()],
        0..6,
    )
    .prop_map(String::from_iter)
}

proptest! {
    #[test]
    fn order_is_the_order_of_the_parts(a in (text(), any::<u64>(), text()), b in (text(), any::<u64>(), text())) {
        let key = |(first, number, second): &(String, u64, String)| Key::new("s").str(first).u64(*number).str(second);
        prop_assert_eq!(key(&a).cmp(&key(&b)), a.cmp(&b));
        let descending = |number| Key::new("s").u64_desc(number);
        prop_assert_eq!(descending(a.1).cmp(&descending(b.1)), b.1.cmp(&a.1));
    }

    #[test]
    fn parts_come_back(a in text(), number in any::<u64>(), b in text()) {
        let key = Key::new("s").str(&a).u64(number).u64_desc(number).str(&b).into_bytes();
        let mut reader = KeyReader::new(&key, "s").unwrap();
        prop_assert_eq!(reader.str().unwrap(), a);
        prop_assert_eq!(reader.u64().unwrap(), number);
        prop_assert_eq!(reader.u64_desc().unwrap(), number);
        prop_assert_eq!(reader.str().unwrap(), b);
        reader.end().unwrap();
    }

    #[test]
    fn a_prefix_covers_exactly_its_strings(prefix in text(), name in text()) {
        let key = Key::new("s").str(&name).str("more").into_bytes();
        let covered = key.starts_with(&Key::new("s").str_prefix(&prefix));
        prop_assert_eq!(covered, name.starts_with(&prefix));
        let end = Key::new("s").str_prefix_end(&prefix);
        prop_assert_eq!(key < end, name.starts_with(&prefix) || name < prefix);
    }

    #[test]
    fn reading_anything_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(mut reader) = KeyReader::new(&bytes, "s") {
            let _ = (reader.str(), reader.u64(), reader.clone().end());
        }
    }
}

#[test]
fn foreign_bytes_are_corrupt() {
    let key = Key::new("s").str("a").into_bytes();
    assert_eq!(KeyReader::new(&key, "other").unwrap_err().kind(), StoreErrorKind::Corrupt);
    assert_eq!(KeyReader::new(b"s", "s").unwrap_err().kind(), StoreErrorKind::Corrupt);
    let mut reader = KeyReader::new(&key, "s").unwrap();
    assert!(reader.clone().end().is_err());
    assert!(reader.u64().is_err());
}
