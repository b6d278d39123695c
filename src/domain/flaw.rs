//! What cannot be in values that were read, by the path of its field.

use std::fmt::Display;

/// A field whose value cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct Flaw {
    /// The field, such as `feeds[2].symbol`.
    pub path: String,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// Whether values can be; the first that cannot.
pub type Checked = Result<(), Flaw>;

impl Flaw {
    /// Of a field; of the whole value where the path is empty.
    pub fn of(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }

    /// The same as it is seen from the value that has it in `field`.
    #[must_use]
    pub fn under(self, field: impl Display) -> Self {
        let path = if self.path.is_empty() { field.to_string() } else { format!("{field}.{}", self.path) };
        Self { path, ..self }
    }
}

/// A flaw of `path` unless something holds.
///
/// # Errors
/// That flaw.
pub fn must(holds: bool, path: &str, reason: &str) -> Checked {
    if holds { Ok(()) } else { Err(Flaw::of(path, reason)) }
}

/// Checks the items of a list or a map; `key` names each in brackets.
///
/// # Errors
/// The first flaw, under `field[key]`.
pub fn each<K: Display, T>(field: &str, items: impl IntoIterator<Item = (K, T)>, check: impl Fn(T) -> Checked) -> Checked {
    items.into_iter().try_for_each(|(key, item)| check(item).map_err(|flaw| flaw.under(format!("{field}[{key}]"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flaw_is_told_by_its_path() {
        let check = |value: i32| must(value > 0, "units", "must be above 0");
        let found = each("rows", [("a", 1), ("b", 0), ("c", -1)], check).map_err(|flaw| flaw.under("table"));
        assert_eq!(found.unwrap_err().to_string(), "table.rows[b].units: must be above 0");
        assert_eq!(Flaw::of("", "is none").under("rows").to_string(), "rows: is none");
        assert_eq!(each("rows", (0..).zip([1, 2]), check), Ok(()));
    }
}
