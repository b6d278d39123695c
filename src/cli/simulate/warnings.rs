//! All that a run warns of, in one order: what is outside of its span, what happened in it, what its programs say, and what is odd about
//! its session and its files.

use crate::backtest;
use crate::backtest::starts::Starts;
use crate::backtest::ticks::{Opened, OpenedFiles};
use crate::backtest::warnings::Watchful;
use crate::config::Session;
use crate::data::odd_rows::OddRows;
use crate::domain::text;
use crate::process::Programs;
use crate::report::run_result::RunResult;
use crate::session::fault::Fault;
use crate::session::ports::Journal;
use crate::sim::model::Overdrawn;

/// Runs a session, and says what it came to and what it warns of; `journal` sees its steps, too.
///
/// # Errors
/// When the run fails, or a strategy did not start or could never have values.
pub fn run_and_warn(
    session: &Session,
    Opened { streams, files }: Opened,
    journal: &mut impl Journal,
) -> anyhow::Result<(RunResult, Vec<String>)> {
    let mut programs = Programs::new(session.dir.clone());
    let mut starts = Starts::default();
    let result = RunResult::new(&session.file.symbols);
    let mut journals = (result, (Watchful::new(session), journal));
    backtest::simulate_asking(session, streams, &mut programs, &mut starts, &mut journals)?;
    starts.check()?;
    let (result, (watchful, _)) = journals;
    watchful.check_warmth(session)?;
    let warnings = all(session, watchful, &programs, result.all.orders, &files);
    Ok((result, warnings))
}

/// The warnings of a run that has ended, each a sentence; `requests` were made in it.
pub(super) fn all(
    session: &Session,
    watchful: Watchful,
    programs: &Programs,
    requests: u64,
    files: &OpenedFiles,
) -> Vec<String> {
    let mut told = files.left_out.told(session);
    told.extend(watchful.finish());
    told.extend_from_slice(programs.remarks());
    told.extend(odd(&session.file.broker.faults, requests, &files.overdrawn));
    told.extend(odd_rows(&files.odd));
    told
}

/// Tells what a person may not have meant: faults that were never due, and bars that did not fit.
fn odd(faults: &[Fault], requests: u64, overdrawn: &[(String, Overdrawn)]) -> Vec<String> {
    let mut told = Vec::new();
    for (place, fault) in faults.iter().enumerate() {
        if let Some(request) = fault.request.filter(|request| *request > requests) {
            told.push(format!(
                "broker.faults[{place}] never happened: it is for request {request}, and {requests} \
                 requests were made"
            ));
        }
    }
    for (symbol, overdrawn) in overdrawn {
        let symbol = text::name(symbol);
        let (bars, rest) = match overdrawn.bars() {
            0 => continue,
            1 => ("1 bar".to_owned(), "needs more ticks than its tick volume says: its"),
            bars => (format!("{bars} bars"), "need more ticks than their tick volume says: their"),
        };
        told.push(format!("{bars} of {symbol} {rest} prices were kept"));
    }
    told
}

/// What an import would have told of the files.
fn odd_rows(odd: &[(String, OddRows)]) -> impl Iterator<Item = String> {
    let of = |(symbol, odd): &(String, OddRows)| {
        let symbol = text::name(symbol).into_owned();
        odd.told().into_iter().map(move |told| format!("{symbol}: {told}"))
    };
    odd.iter().flat_map(of)
}
