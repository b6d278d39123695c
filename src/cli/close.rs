//! `tickdeck close --all`: everything that the executor holds on an account is closed.

use crate::cli::live;
use crate::cli::output::{ExitStatus, Output};
use crate::live::time::MarketPace;
use std::path::PathBuf;

/// Close everything on an account: by the process that trades it, or by this one if there is none.
#[derive(Debug, clap::Args)]
pub struct CloseArgs {
    /// Stop every strategy, close all positions, remove all orders; entries stay latched until an operator clears that
    #[arg(long, required = true)]
    all: bool,
    /// The settings file
    #[arg(long, value_name = "LIVE.toml", default_value = "live.toml")]
    config: PathBuf,
    /// The number of the account, typed to allow one of real money
    #[arg(long, value_name = "NUMBER")]
    account: Option<u64>,
    /// How many seconds to wait until everything is closed
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    wait: u64,
    /// The clock of a market of the past
    #[arg(long, value_name = "PACE", hide = true)]
    pace: Option<MarketPace>,
}

/// Runs the verb.
///
/// # Errors
/// What is wrong with the settings or the session; when nothing can be recorded.
pub fn run(args: &CloseArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let CloseArgs { all: _, config, account, wait, pace } = args;
    live::close(config, *account, (*wait, *pace), output)
}
