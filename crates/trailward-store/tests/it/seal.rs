use std::os::unix::fs::PermissionsExt as _;
use trailward_store::StoreErrorKind;
use trailward_store::seal::MasterKey;

#[test]
fn sealed_values_open_in_their_context_only() {
    let key = MasterKey::random().unwrap();
    let sealed = key.seal("access key AKIA1", b"secret").unwrap();
    assert_eq!(key.open("access key AKIA1", &sealed).unwrap(), b"secret");
    assert_ne!(key.seal("access key AKIA1", b"secret").unwrap(), sealed, "every nonce is new");
    let corrupt = |key: &MasterKey, context: &str, sealed: &[u8]| {
        assert_eq!(key.open(context, sealed).unwrap_err().kind(), StoreErrorKind::Corrupt);
    };
    corrupt(&key, "access key AKIA2", &sealed);
    corrupt(&MasterKey::random().unwrap(), "access key AKIA1", &sealed);
    for at in 0..sealed.len() {
        let mut bad = sealed.clone();
        bad[at] ^= 1;
        corrupt(&key, "access key AKIA1", &bad);
        corrupt(&key, "access key AKIA1", &sealed[..at]);
    }
    assert_eq!(key.open("empty", &key.seal("empty", b"").unwrap()).unwrap(), b"");
}

#[test]
fn the_key_file_is_private_and_stays_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data/master.key");
    let sealed = MasterKey::load_or_create(&path).unwrap().seal("x", b"y").unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(MasterKey::load_or_create(&path).unwrap().open("x", &sealed).unwrap(), b"y");
    assert_eq!(std::fs::read_dir(dir.path().join("data")).unwrap().count(), 1);

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let error = MasterKey::load_or_create(&path).unwrap_err();
    assert!(error.to_string().contains("has mode 0640"), "{error}");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
    MasterKey::load_or_create(&path).unwrap();

    for length in [0, 31, 33, 100] {
        let path = dir.path().join(length.to_string());
        std::fs::write(&path, vec![1; length]).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(MasterKey::load_or_create(&path).unwrap_err().kind(), StoreErrorKind::Corrupt);
    }
}

#[test]
fn the_key_does_not_print_itself() {
    let printed = format!("{:?}", MasterKey::from_bytes([0xAB; 32]));
    assert_eq!(printed, "MasterKey(..)");
}
