//! The forms of ids.
//!
//! Source: the patterns of the API's model.

/// What an id is of, by its form. That there is such a thing is another question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Id {
    /// `r-` and 4 to 32 letters and digits.
    Root,
    /// `ou-`, the root's letters, `-` and 8 to 32 letters and digits.
    Unit,
    /// 12 digits.
    Account,
    /// `p-` and 8 to 128 letters, digits and underscores.
    Policy,
    /// `h-` and 8 to 32 letters and digits.
    Handshake,
    /// `car-` and 8 to 32 letters and digits.
    Creation,
}

fn lower(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

impl Id {
    /// What `text` can be the id of.
    pub fn of(text: &str) -> Option<Self> {
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Some(Self::Account);
        }
        let (kind, rest) = text.split_once('-')?;
        match kind {
            "r" if lower(rest, 4, 32) => Some(Self::Root),
            "ou" => {
                let (root, own) = rest.split_once('-')?;
                (lower(root, 4, 32) && lower(own, 8, 32)).then_some(Self::Unit)
            }
            "p" => {
                let valid = (8..=128).contains(&rest.len())
                    && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
                valid.then_some(Self::Policy)
            }
            "h" if lower(rest, 8, 32) => Some(Self::Handshake),
            "car" if lower(rest, 8, 32) => Some(Self::Creation),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Id;

    #[test]
    fn forms() {
        for (text, id) in [
            ("111122223333", Some(Id::Account)),
            ("11112222333", None),
            ("r-ab12", Some(Id::Root)),
            ("r-AB12", None),
            ("r-a", None),
            ("ou-ab12-12345678", Some(Id::Unit)),
            ("ou-ab12-1234567", None),
            ("ou-ab12", None),
            ("p-FullAWSAccess", Some(Id::Policy)),
            ("p-a/bcdefghi", None),
            ("h-12345678", Some(Id::Handshake)),
            ("car-12345678", Some(Id::Creation)),
            ("o-1234567890", None),
            ("", None),
            ("-", None),
        ] {
            assert_eq!(Id::of(text), id, "{text}");
        }
    }
}
