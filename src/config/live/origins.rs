//! Where settings come from.

use super::error::LiveError;
use super::keys::{ALL, LiveKey, REFUSED};
use super::value::LiveValue;
use crate::domain::suggest::hint;
use crate::domain::text::{self, ShownPath};
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// The file beside `live.toml` with variables as the environment has them.
const ENV_FILE: &str = ".env";

/// The variables of the environment.
pub type Environment = BTreeMap<String, String>;

/// What the names of our own variables begin with, and those of the project's tests and measurements.
const OWN: &str = "TICKDECK_";
const OF_TESTS: [&str; 5] = [
    "TICKDECK_DATA",
    "TICKDECK_PYTHON",
    "TICKDECK_BENCH_",
    "TICKDECK_MUTATIONS",
    "TICKDECK_PROPERTIES",
];

/// Where the value of a setting came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingOrigin {
    /// Nobody said anything else.
    Default,
    /// The settings file.
    File(PathBuf),
    /// A variable in a file of such.
    EnvFile(PathBuf, String),
    /// A variable of the environment.
    Environment(String),
}

impl fmt::Display for SettingOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => f.write_str(&path.shown()),
            Self::EnvFile(path, name) => write!(f, "{name} in {}", path.shown()),
            Self::Environment(name) => write!(f, "{name} in the environment"),
        }
    }
}

/// A value, and where it came from.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub value: LiveValue,
    pub origin: SettingOrigin,
}

/// All values, by the paths of their settings.
///
/// # Errors
/// A file that cannot be read; all keys and variables that are wrong.
pub(super) fn gather(
    path: Option<&Path>,
    environment: &Environment,
) -> Result<BTreeMap<&'static str, Found>, LiveError> {
    let dir = path.and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
    let mut gathered = Gathered { found: BTreeMap::new(), flaws: Vec::new(), dir };
    gathered.defaults();
    if let Some(path) = path {
        let read = fs::read_to_string(path);
        let text = read.map_err(|source| LiveError::Read { path: path.into(), source })?;
        gathered.tables(path, &parse(path, &text)?);
    }
    let env_file = gathered.dir.join(ENV_FILE);
    let variables = read_env(&env_file)?;
    let here = |name: &str| SettingOrigin::EnvFile(env_file.clone(), name.to_owned());
    gathered.variables(&variables, &here);
    // What the environment says of paths begins where the program runs.
    gathered.dir = PathBuf::new();
    gathered.variables(environment, &|name| SettingOrigin::Environment(name.to_owned()));
    let Gathered { found, flaws, .. } = gathered;
    if flaws.is_empty() { Ok(found) } else { Err(LiveError::Flaws { flaws }) }
}

fn parse(path: &Path, text: &str) -> Result<Table, LiveError> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let before = error.span().map_or("", |span| text.get(..span.start).unwrap_or_default());
        let line = 1 + before.matches('\n').count();
        LiveError::Syntax { path: path.into(), line, reason: error.message().to_owned() }
    })
}

fn read_env(path: &Path) -> Result<Environment, LiveError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Environment::new()),
        Err(source) => return Err(LiveError::Read { path: path.into(), source }),
    };
    let text = text.trim_start_matches('\u{feff}');
    let wrong = |line, reason| Err(LiveError::EnvLine { path: path.into(), line, reason });
    if let Some(line) = text.lines().position(is_substituted) {
        let reason = "what follows a $ would be taken for another variable: put the value into single quotes";
        return wrong(line + 1, reason);
    }
    let mut variables = Environment::new();
    for found in dotenvy::from_read_iter(text.as_bytes()) {
        match found {
            Ok((name, value)) => {
                let defines = |line: &str| name_of(line) == Some(&name);
                let line = text.lines().collect::<Vec<_>>().iter().rposition(|line| defines(line));
                if variables.insert(name.clone(), value).is_some() {
                    return wrong(
                        line.unwrap_or(0) + 1,
                        "the name stands twice: leave one of them out",
                    );
                }
            }
            // Its own error quotes the line, of which only the place is told.
            Err(error) => {
                let quoted =
                    if let dotenvy::Error::LineParse(line, _) = &error { line } else { "" };
                let line = text.lines().position(|line| line == quoted).unwrap_or(0);
                return wrong(
                    line + 1,
                    "is not NAME=VALUE: put a value with spaces or # into quotes",
                );
            }
        }
    }
    Ok(variables)
}

/// Whether readers of such files put another variable into the value.
fn is_substituted(line: &str) -> bool {
    let value = line.split_once('=').map_or("", |(_, value)| value.trim());
    let is_quoted = value.len() > 1 && value.starts_with('\'') && value.ends_with('\'');
    !line.trim_start().starts_with('#') && value.contains('$') && !is_quoted
}

/// The name that a line defines.
fn name_of(line: &str) -> Option<&str> {
    let name = line.trim().split_once('=')?.0.trim();
    Some(name.strip_prefix("export ").unwrap_or(name).trim())
}

struct Gathered {
    found: BTreeMap<&'static str, Found>,
    flaws: Vec<String>,
    /// Where relative paths begin.
    dir: PathBuf,
}

impl Gathered {
    fn defaults(&mut self) {
        for key in ALL {
            let Some(default) = key.default else { continue };
            let table: Table = toml::from_str(&format!("value = {default}")).unwrap_or_default();
            let value =
                table.get("value").map(|value| LiveValue::of_toml(key.kind, value, &self.dir));
            let Some(Ok(value)) = value else {
                unreachable!("the default of {} is sound", key.path)
            };
            self.found.insert(key.path, Found { value, origin: SettingOrigin::Default });
        }
    }

    fn tables(&mut self, path: &Path, table: &Table) {
        for (name, value) in table {
            match value {
                Value::Table(inner) if is_table(name) => {
                    for (own, value) in inner {
                        self.key(path, &format!("{name}.{own}"), value);
                    }
                }
                value => self.key(path, name, value),
            }
        }
    }

    fn key(&mut self, path: &Path, name: &str, value: &Value) {
        let Some(key) = ALL.iter().find(|key| key.path == name) else {
            let known: Vec<&str> = ALL.iter().map(|key| key.path).collect();
            let shown = text::line(name);
            self.flaws.push(format!(
                "{}: {shown}: is no key: {}",
                path.shown(),
                hint(name, &known)
            ));
            return;
        };
        let value = LiveValue::of_toml(key.kind, value, &self.dir);
        self.take(
            key,
            value,
            SettingOrigin::File(path.into()),
            &format!("{}: {name}", path.shown()),
        );
    }

    fn variables(&mut self, all: &Environment, origin: &dyn Fn(&str) -> SettingOrigin) {
        // Names without a value are left in such files for what one does not have.
        let given = all.iter().filter(|(_, value)| !value.is_empty());
        let variables: BTreeMap<&str, &String> =
            given.map(|(name, value)| (name.as_str(), value)).collect();
        self.unknown(&variables, origin);
        for refused in REFUSED.iter().filter(|refused| variables.contains_key(refused.name)) {
            let told = format!("{}: is not used: {}", origin(refused.name), refused.instead);
            self.flaws.push(told);
        }
        for key in ALL {
            let own = key.own_name();
            let names = key.names.iter().copied().chain([own.as_str()]);
            let given: Vec<(&str, &String)> =
                names.filter_map(|name| Some((name, *variables.get(name)?))).collect();
            let Some((name, text)) = given.first() else { continue };
            if let Some((other, _)) = given.iter().find(|(_, other)| other != text) {
                let told =
                    format!("{}: {other} says otherwise: leave one of them out", origin(name));
                self.flaws.push(told);
                continue;
            }
            let value = LiveValue::of_text(key.kind, text, &self.dir);
            self.take(key, value, origin(name), &origin(name).to_string());
        }
    }

    /// A name that looks like ours and is none was meant to be one: a limit, perhaps.
    fn unknown(
        &mut self,
        variables: &BTreeMap<&str, &String>,
        origin: &dyn Fn(&str) -> SettingOrigin,
    ) {
        let own: Vec<String> = ALL.iter().map(LiveKey::own_name).collect();
        let known: Vec<&str> = own.iter().map(String::as_str).collect();
        let is_other = |name: &&&str| {
            let is_of_tests = OF_TESTS.iter().any(|prefix| name.starts_with(prefix));
            name.starts_with(OWN) && !is_of_tests && !known.contains(*name)
        };
        for name in variables.keys().filter(is_other) {
            let place = text::line(&origin(name).to_string()).into_owned();
            self.flaws.push(format!("{place}: is no setting: {}", hint(name, &known)));
        }
    }

    fn take(
        &mut self,
        key: &'static LiveKey,
        value: Result<LiveValue, String>,
        origin: SettingOrigin,
        place: &str,
    ) {
        match value {
            Ok(value) => {
                self.found.insert(key.path, Found { value, origin });
            }
            Err(right) => self.flaws.push(format!("{place}: {right}")),
        }
    }
}

fn is_table(name: &str) -> bool {
    ALL.iter().any(|key| key.path.split_once('.').is_some_and(|(table, _)| table == name))
}
