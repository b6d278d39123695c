//! `tickdeck completions`: a completion script on stdout.

use crate::cli::Cli;
use crate::cli::output::{ExitStatus, Output};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Which script.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell that is to complete.
    shell: Shell,
}

/// Writes the script.
///
/// # Errors
/// When stdout cannot be written.
pub fn run(args: &CompletionsArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tickdeck", &mut script);
    output.script(String::from_utf8_lossy(&script).trim_end())?;
    Ok(ExitStatus::Fine)
}
