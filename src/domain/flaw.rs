//! What is wrong with a value that was read, and in which field.

use std::fmt::Display;

/// A field with a value that is not allowed. Whoever passes the flaw on adds the part of the path
/// that it knows.
///
/// ```
/// use tickdeck::domain::flaw::{Checked, Flaw, each, must};
/// fn check(volumes: &[i64]) -> Checked {
///     each("volumes", volumes.iter().enumerate(), |volume| must(*volume > 0, "", "must be above 0"))
/// }
/// assert_eq!(check(&[1, 2]), Ok(()));
/// let flaw: Flaw = check(&[1, -2]).unwrap_err();
/// assert_eq!(flaw.under("orders").to_string(), "orders.volumes[1]: must be above 0");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct Flaw {
    /// The field, such as `feeds[2].symbol`.
    pub path: String,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// The result of a check: nothing, or the first flaw. See [`Flaw`] for an example.
pub type Checked = Result<(), Flaw>;

impl Flaw {
    /// A flaw of the field at `path`, or of the whole value when `path` is empty.
    pub fn of(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }

    /// The same flaw with `field` put before its path: as seen from the value that contains the
    /// flawed one.
    #[must_use]
    pub fn under(self, field: impl Display) -> Self {
        let path =
            if self.path.is_empty() { field.to_string() } else { format!("{field}.{}", self.path) };
        Self { path, ..self }
    }
}

/// Checks one condition.
///
/// # Errors
/// A flaw of `path` when the condition does not hold.
pub fn must(holds: bool, path: &str, reason: &str) -> Checked {
    if holds { Ok(()) } else { Err(Flaw::of(path, reason)) }
}

/// Checks the items of a list or a map, each with its index or key.
///
/// # Errors
/// The first flaw, with `field[key]` put before its path.
pub fn each<K: Display, T>(
    field: &str,
    items: impl IntoIterator<Item = (K, T)>,
    check: impl Fn(T) -> Checked,
) -> Checked {
    items.into_iter().try_for_each(|(key, item)| {
        check(item).map_err(|flaw| flaw.under(format!("{field}[{key}]")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flaw_is_told_by_its_path() {
        let check = |value: i32| must(value > 0, "units", "must be above 0");
        let found = each("rows", [("a", 1), ("b", 0), ("c", -1)], check)
            .map_err(|flaw| flaw.under("table"));
        assert_eq!(found.unwrap_err().to_string(), "table.rows[b].units: must be above 0");
        assert_eq!(Flaw::of("", "is none").under("rows").to_string(), "rows: is none");
        assert_eq!(each("rows", (0..).zip([1, 2]), check), Ok(()));
    }
}
