use serde::{Deserialize, Serialize};
use trailward_store::StoreErrorKind;
use trailward_store::stored::{Stored, decode, encode};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Name1 {
    name: String,
}

impl Stored for Name1 {
    const FORMAT: u16 = 1;
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Name {
    first: String,
    last: Option<String>,
}

impl Stored for Name {
    const FORMAT: u16 = 2;

    fn decode_previous(format: u16, bytes: &[u8]) -> Option<Self> {
        (format == 1).then_some(())?;
        let old: Name1 = serde_json::from_slice(bytes).ok()?;
        Some(Self { first: old.name, last: None })
    }
}

#[test]
fn old_shapes_are_read_and_newer_ones_refused() {
    let old = encode(&Name1 { name: "Ada".to_owned() }).unwrap();
    assert_eq!(&old[..], b"\x00\x01{\"name\":\"Ada\"}");
    let new = Name { first: "Ada".to_owned(), last: None };
    assert_eq!(decode::<Name>(&old).unwrap(), new);
    let bytes = encode(&new).unwrap();
    assert_eq!(decode::<Name>(&bytes).unwrap(), new);

    let error = decode::<Name1>(&bytes).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    assert!(error.to_string().contains("a stored Name1 has format 2"), "{error}");
    for bad in [&b""[..], b"\x00", b"\x00\x00{}", b"\x00\x01[]", b"\x00\x02{}"] {
        assert_eq!(decode::<Name>(bad).unwrap_err().kind(), StoreErrorKind::Corrupt);
    }
}
