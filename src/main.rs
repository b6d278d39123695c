//! The program: a command line in, an exit code out.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    tickdeck::cli::interrupt::watch();
    tickdeck::cli::run(std::env::args_os()).into()
}
