//! Words of a POSIX shell: what comes from an account is never more than one of them.

use serde_json::Value;

/// `text` as one word. Nothing in it is expanded, ends it or begins another.
pub fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:@+,-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// JSON in ASCII: no character in it moves a cursor or turns what follows.
pub fn ascii(value: &Value) -> String {
    let mut text = String::new();
    for c in value.to_string().chars() {
        if c.is_ascii() && !c.is_ascii_control() {
            text.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    /// The words that `sh` sees in a line.
    fn words(line: &str) -> Vec<String> {
        let script = format!("for word in {line}; do printf '%s\\0' \"$word\"; done");
        let out = Command::new("sh").arg("-c").arg(script).output().unwrap();
        assert!(out.status.success() && out.stderr.is_empty(), "{line}: {out:?}");
        let text = String::from_utf8(out.stdout).unwrap();
        text.split_terminator('\0').map(str::to_owned).collect()
    }

    fn hostile() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            Just("'".to_owned()),
            Just("\"".to_owned()),
            Just("$(touch x)".to_owned()),
            Just("`id`".to_owned()),
            Just("${HOME}".to_owned()),
            Just("\n#".to_owned()),
            Just("\r\n".to_owned()),
            Just("; exit 3".to_owned()),
            Just("\\".to_owned()),
            Just("*".to_owned()),
            Just("\u{202e}".to_owned()),
            "[ -~]{0,6}",
            "\\PC{0,3}",
        ];
        prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_shell_sees_the_text_and_nothing_else(one in hostile(), other in hostile()) {
            let line = format!("{} {}", word(&one), word(&other));
            prop_assert_eq!(words(&line), vec![one.clone(), other]);
            let spelt = ascii(&Value::String(one.clone()));
            prop_assert!(spelt.chars().all(|c| (' '..='~').contains(&c)));
            prop_assert_eq!(serde_json::from_str::<String>(&spelt).unwrap(), one);
            prop_assert_eq!(words(&word(&spelt)), vec![spelt]);
        }
    }
}
