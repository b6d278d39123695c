//! `tickdeck completions`: a completion script on stdout.

use crate::cli::output::{ExitStatus, Output};
use clap::{Args, Command};
use clap_complete::Shell;

/// Which script.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell that is to complete.
    shell: Shell,
}

/// Writes the script that completes `command`.
///
/// # Errors
/// When stdout cannot be written.
pub fn run(
    args: &CompletionsArgs,
    mut command: Command,
    output: &Output,
) -> anyhow::Result<ExitStatus> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "tickdeck", &mut script);
    output.script(String::from_utf8_lossy(&script).trim_end())?;
    Ok(ExitStatus::Fine)
}
