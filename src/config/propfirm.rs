//! Sets of limits by name: those of prop firms that are built in, and files of one's own.

use crate::config::error::ConfigError;
use crate::data::plain_file;
use crate::domain::suggest::hint;
use crate::risk::account::AccountRisk;
use std::path::Path;

/// The sets that are built in, by name.
const BUILT_IN: [(&str, &str); 4] = [
    ("ftmo-1-step", include_str!("../../fixtures/propfirm/ftmo-1-step.toml")),
    ("ftmo-2-step", include_str!("../../fixtures/propfirm/ftmo-2-step.toml")),
    ("futures-trailing", include_str!("../../fixtures/propfirm/futures-trailing.toml")),
    ("the5ers-high-stakes", include_str!("../../fixtures/propfirm/the5ers-high-stakes.toml")),
];

/// The field of a session that names a set.
const FIELD: &str = "risk.propfirm";

/// The limits with those of the set that they name, which is then named no more.
///
/// # Errors
/// An unknown name, or a file that cannot be read.
pub(super) fn resolve(
    path: &Path,
    dir: &Path,
    mut risk: AccountRisk,
) -> Result<AccountRisk, ConfigError> {
    let Some(name) = risk.propfirm.take() else { return Ok(risk) };
    let own = Path::new(&name);
    let is_file = own.extension().is_some_and(|extension| extension == "toml");
    let set = if is_file {
        let file = dir.join(own);
        let text =
            plain_file::read_text(&file).map_err(|source| ConfigError::read(&file, source))?;
        let set: AccountRisk =
            toml::from_str(&text).map_err(|source| ConfigError::syntax(&file, &text, source))?;
        let wrong = |(field, reason)| ConfigError::field(&file, field, reason);
        super::checks::risk(&set).map_err(wrong)?;
        set
    } else {
        let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
        let found = BUILT_IN.iter().find(|(known, _)| *known == name);
        let (_, text) = found.ok_or_else(|| {
            let reason = format!(
                "`{name}` is neither a known set nor a .toml file: {}",
                hint(&name, &names)
            );
            ConfigError::field(path, FIELD, reason)
        })?;
        toml::from_str(text).expect("the built-in sets are read by a test")
    };
    if set.propfirm.is_some() {
        return Err(ConfigError::field(
            path,
            FIELD,
            "a set names no other: take it out of the file",
        ));
    }
    Ok(risk.with(set))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_sets_are_sound() {
        for (name, text) in BUILT_IN {
            let set: AccountRisk =
                toml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(set.check(), Ok(()), "{name}");
            assert!(!set.daily_loss.is_empty() && !set.max_loss.is_empty(), "{name}");
        }
        let template = include_str!("../../fixtures/propfirm/template.toml");
        let set: AccountRisk = toml::from_str(template).unwrap();
        assert_eq!(set.check(), Ok(()));
    }
}
