//! All that a run warns of, in one order: what is outside of its span, what happened in it, what its programs say, and what is odd about
//! its session and its files.

use crate::backtest::ticks::OpenedFiles;
use crate::backtest::warnings::Watchful;
use crate::config::Session;
use crate::data::odd_rows::OddRows;
use crate::domain::text;
use crate::process::Programs;
use crate::session::fault::Fault;
use crate::sim::model::Overdrawn;

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
