//! Typed values: two bytes of format, then JSON.
//!
//! Whoever changes the shape of a stored type raises its `FORMAT`, keeps the former shape under a name that ends in
//! its number, and converts it in [`Stored::decode_previous`]. Old values are then read forever and written back in
//! the new shape when they next change.

use crate::StoreError;
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A type that is kept in the catalog.
pub trait Stored: Serialize + DeserializeOwned {
    /// The number of the present shape; starts at 1.
    const FORMAT: u16;

    /// The oldest shape that reads as the present one, members it lacks having defaults. Raising `FORMAT` without this
    /// still keeps older programs from reading, and dropping, what they do not know.
    const OLDEST: u16 = Self::FORMAT;

    /// Reads the shape `format`, smaller than [`Stored::OLDEST`], and converts it. `None` if there was no such
    /// shape or `bytes` are not it.
    fn decode_previous(format: u16, bytes: &[u8]) -> Option<Self> {
        let _ = (format, bytes);
        None
    }
}

/// The bytes of `value`. Fails only if its `Serialize` does.
pub fn encode<T: Stored>(value: &T) -> Result<Bytes, StoreError> {
    let mut bytes = T::FORMAT.to_be_bytes().to_vec();
    serde_json::to_writer(&mut bytes, value)
        .map_err(|error| StoreError::unavailable(format!("cannot encode a {}", name::<T>()), error))?;
    Ok(bytes.into())
}

/// Reads what [`encode`] wrote, now or in an earlier version. `Corrupt` if it is not that, or if a newer version
/// wrote it (the message says so).
pub fn decode<T: Stored>(bytes: &[u8]) -> Result<T, StoreError> {
    let Some((format, json)) = bytes.split_first_chunk::<2>() else {
        return Err(StoreError::corrupt(format!("a stored {} has no format number", name::<T>())));
    };
    let format = u16::from_be_bytes(*format);
    if (T::OLDEST..=T::FORMAT).contains(&format) {
        return serde_json::from_slice(json).map_err(|error| {
            StoreError::with_source(
                crate::StoreErrorKind::Corrupt,
                format!("a stored {} is unreadable", name::<T>()),
                error,
            )
        });
    }
    if format < T::OLDEST {
        return T::decode_previous(format, json).ok_or_else(|| {
            StoreError::corrupt(format!("a stored {} of format {format} is unreadable", name::<T>()))
        });
    }
    Err(StoreError::corrupt(format!(
        "a stored {} has format {format}, but this version knows formats up to {} only: a newer version wrote it",
        name::<T>(),
        T::FORMAT
    )))
}

fn name<T>() -> &'static str {
    let path = std::any::type_name::<T>();
    path.rsplit("::").next().unwrap_or(path)
}
