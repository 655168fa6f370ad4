use std::sync::Arc;

/// What a request says about itself: condition keys with their values.
///
/// Keys compare without regard to case. A clone is cheap, and shares until one side is changed.
///
/// ```
/// let mut context = trailward_policy::Context::new();
/// context.set("aws:SecureTransport", "true");
/// assert_eq!(context.get("AWS:securetransport").map(<[String]>::len), Some(1));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// Sorted by key, keys lower-cased.
    entries: Arc<Vec<(String, Vec<String>)>>,
}

impl Context {
    /// A context without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a key one value, in place of what it had.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.set_multi(key, [value]);
    }

    /// Gives a key several values, in place of what it had. A key without values counts as absent.
    pub fn set_multi<V: Into<String>>(&mut self, key: &str, values: impl IntoIterator<Item = V>) {
        let key = key.to_lowercase();
        let values = values.into_iter().map(Into::into).collect();
        let entries = Arc::make_mut(&mut self.entries);
        match entries.binary_search_by(|(have, _)| have.as_str().cmp(&key)) {
            Ok(at) => {
                if let Some(entry) = entries.get_mut(at) {
                    entry.1 = values;
                }
            }
            Err(at) => entries.insert(at, (key, values)),
        }
    }

    /// Takes a key away.
    pub fn remove(&mut self, key: &str) {
        let key = key.to_lowercase();
        Arc::make_mut(&mut self.entries).retain(|(have, _)| *have != key);
    }

    /// A key's values; `None` for a key that is absent or has no values.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        let lower = key.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase());
        if lower { self.lookup(key) } else { self.lookup(&key.to_lowercase()) }
    }

    /// [`Self::get`] for a key that is lower-cased already.
    pub(crate) fn lookup(&self, key: &str) -> Option<&[String]> {
        let at = self.entries.binary_search_by(|(have, _)| have.as_str().cmp(key)).ok()?;
        self.entries.get(at).map(|(_, values)| values.as_slice()).filter(|values| !values.is_empty())
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Every key, lower-cased and in order, with its values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.entries.iter().map(|(key, values)| (key.as_str(), values.as_slice()))
    }

    /// This context with another's keys laid over it.
    #[must_use]
    pub fn overlaid(&self, over: &Self) -> Self {
        if self.is_empty() {
            return over.clone();
        }
        let mut merged = self.clone();
        for (key, values) in over.iter() {
            merged.set_multi(key, values.iter().cloned());
        }
        merged
    }
}

impl<K: AsRef<str>, V: Into<String>> FromIterator<(K, V)> for Context {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut context = Self::new();
        for (key, value) in pairs {
            context.set(key.as_ref(), value);
        }
        context
    }
}
