//! How far a name is from another.

/// How many characters have to be put in, taken out or replaced in a pattern so that it matches a name. A `*` is any
/// characters, and a `?` is any one.
pub(crate) fn distance(pattern: &str, name: &str) -> usize {
    let name: Vec<u8> = name.bytes().map(|byte| byte.to_ascii_lowercase()).collect();
    let mut before: Vec<usize> = (0..=name.len()).collect();
    for part in pattern.bytes().map(|byte| byte.to_ascii_lowercase()) {
        let free = usize::from(part != b'*');
        let mut left = before.first().copied().unwrap_or_default() + free;
        let mut row = vec![left];
        for (byte, above) in name.iter().zip(before.windows(2)) {
            let [diagonal, above] = above else { continue };
            let same = part == b'?' || part == b'*' || part == *byte;
            left = (diagonal + usize::from(!same)).min(above + free).min(left + free);
            row.push(left);
        }
        before = row;
    }
    before.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (pattern, name, wanted) in [
            ("GetObject", "getobject", 0),
            ("GetObjct", "GetObject", 1),
            ("Get*", "GetObject", 0),
            ("Gt*", "GetObject", 1),
            ("*", "", 0),
            ("?", "a", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("Ge?Objectt", "GetObject", 1),
        ] {
            assert_eq!(distance(pattern, name), wanted, "{pattern} {name}");
        }
    }
}
