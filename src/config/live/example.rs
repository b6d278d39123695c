//! A `live.toml` with every key explained, and one of the answers that people give.

use super::keys::{ALL, LiveKey};
use std::fmt::Write;

/// What a file with every key begins with.
const BEGINNING: &str = "\
# The settings of live mode, with every key that one can have. What is commented out is optional: it shows the
# default, or an example. Each key has a name in the environment, too; that goes before the file `.env` beside this
# one, and that before this one. `tickdeck config --show` says what holds and where it came from. Keep passwords and
# tokens in the environment or in `.env`, and out of version control.
";

/// The keys that are written out.
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'a> {
    /// The path of the key.
    pub path: &'a str,
    /// Its value, as TOML.
    pub value: &'a str,
}

/// A file with every key, of which these have a value.
#[must_use]
pub fn file(answers: &[Chosen<'_>]) -> String {
    let mut text = BEGINNING.to_owned();
    let mut table = "";
    for key in ALL {
        let (own, name) = key.path.split_once('.').unwrap_or(("", key.path));
        if own != table {
            table = own;
            let _ = write!(text, "\n[{table}]\n");
        }
        text.push('\n');
        text.push_str(&told(key));
        let answer = answers.iter().find(|answer| answer.path == key.path);
        let _ = match answer {
            Some(answer) => writeln!(text, "{name} = {}", answer.value),
            None => writeln!(text, "# {name} = {}", key.default.unwrap_or(key.example)),
        };
    }
    text
}

/// What is said of a key, as comments.
fn told(key: &LiveKey) -> String {
    let own = key.own_name();
    let names = key.names.iter().copied().chain([own.as_str()]).collect::<Vec<_>>().join(" or ");
    let default = key.default.map_or("nothing", |default| default);
    format!(
        "# {}\n# In the environment: {names}. Allowed: {}. Default: {default}.\n",
        key.says,
        key.kind.words()
    )
}
