//! `one-final-result`: every command received has one result by the end, and a second delivery gets
//! no other.

use crate::executor::action::{CommandResult, ResultCode};
use crate::executor::command::Command;
use crate::torture::commands::Commands;
use crate::torture::found::Findings;

/// The name of the invariant.
pub const NAME: &str = "one-final-result";

/// Takes a result and returns whether it is the first of its command. Where the ledger `forgets`, a
/// command that is delivered again is refused as too old, or carried out again if that can only
/// reduce risk.
pub fn result(
    commands: &mut Commands,
    result: &CommandResult,
    forgets: bool,
    found: &mut Findings,
) -> bool {
    let Some(command) = commands.get_mut(&result.id) else {
        found.violate(NAME, || format!("{} has a result and was never delivered", result.id));
        return false;
    };
    if result.code == ResultCode::IdReused && command.is_reused {
        return false;
    }
    match &command.result {
        None => {
            command.result = Some(result.clone());
            true
        }
        Some(first) if first == result => false,
        Some(_) if forgets && command.is_repeated && result.code == ResultCode::TooOld => {
            found.mark("forgotten-command-refused");
            false
        }
        Some(_)
            if forgets
                && command.is_repeated
                && command.envelope().is_some_and(|envelope| reduces(&envelope.command)) =>
        {
            false
        }
        Some(first) => {
            let (first, first_code) = (first.status, first.code);
            let text = || {
                format!(
                    "{} was {first:?} {first_code:?}, and is {:?} {:?} now",
                    result.id, result.status, result.code
                )
            };
            found.violate(NAME, text);
            false
        }
    }
}

/// Whether a command can only reduce risk, however often it is carried out.
const fn reduces(command: &Command) -> bool {
    command.reduces_risk() && !matches!(command, Command::Close { volume: Some(_), .. })
}

/// Checks at the end.
pub fn end(commands: &Commands, found: &mut Findings) {
    for (id, _) in commands.iter().filter(|(_, command)| command.result.is_none()) {
        found.violate(NAME, || format!("{id} was received and has no result at the end"));
    }
}
