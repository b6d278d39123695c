//! The report on an import in words: what was read, which flaws it has, and what was done about
//! them.

use crate::data::import::Imported;
use crate::data::import_bars::ImportedBars;
use crate::data::odd_rows::told_symbols;
use crate::data::quality::Finding;
use crate::domain::time::ServerMsc;
use crate::domain::zone::ServerZone;
use std::fmt::Display;

/// Of ticks, one finding a line.
#[must_use]
pub fn of_ticks(imported: &Imported) -> String {
    let quality = &imported.quality;
    let mut lines = vec![
        count("rows read", quality.rows),
        count("rows written", quality.written),
        line("first tick", time(quality.first_time_msc)),
        line("last tick", time(quality.last_time_msc)),
        line("clock", clock(imported.clock.as_ref(), imported.likely_clock)),
        count("gaps over 60 s", quality.gaps_over_60s) + &longest(quality.gap_msc_max),
    ];
    for (name, finding) in quality.findings().into_iter().filter(|(_, finding)| finding.rows > 0) {
        let places = if name == "spikes" { quality.spike_places.shown() } else { String::new() };
        lines.push(finding_line(name, finding, &places));
    }
    lines.extend(told_symbols(&quality.symbols));
    if imported.missing_times > 0 {
        lines.push(
            count("times that never were", imported.missing_times)
                + ", as much later: is the clock right?",
        );
    }
    joined(lines, imported.wrong_clock.as_deref())
}

/// Of bars.
#[must_use]
pub fn of_bars(imported: &ImportedBars) -> String {
    let timeframe = imported
        .timeframe
        .map_or_else(|| "cannot be told".to_owned(), |timeframe| timeframe.to_string());
    let mut lines = vec![
        count("bars", imported.bars),
        line("timeframe", timeframe),
        line("first bar", time(imported.first_time_msc)),
        line("last bar", time(imported.last_time_msc)),
        line("clock", clock(imported.clock.as_ref(), imported.likely_clock)),
        count("gaps", imported.gaps) + &longest(imported.gap_msc_max),
    ];
    if imported.without_ticks > 0 {
        lines.push(count("without a quote", imported.without_ticks) + ", dropped");
    }
    if imported.spike.rows > 0 {
        lines.push(finding_line("spikes", imported.spike, &imported.found.spikes.shown()));
    }
    if imported.steps > 0 {
        lines.push(count("steps of the price", imported.steps) + ", kept");
    }
    if imported.without_volume > 0 {
        lines.push(count("without a tick volume", imported.without_volume));
    }
    if imported.other_symbol > 0 {
        lines.push(count("other symbols", imported.other_symbol) + ", dropped");
    }
    lines.extend(told_symbols(&imported.found.symbols));
    joined(lines, imported.wrong_clock.as_deref())
}

fn line(name: &str, value: impl Display) -> String {
    format!("{name:<22} {value}")
}

fn count(name: &str, rows: u64) -> String {
    format!("{name:<22} {rows:>12}")
}

/// A finding, what was done about it, and its places where they are known.
fn finding_line(name: &str, finding: Finding, places: &str) -> String {
    let places = if places.is_empty() { String::new() } else { format!(" ({places})") };
    format!("{}, {}{places}", count(name, finding.rows), finding.treatment.name())
}

fn time(time: Option<ServerMsc>) -> String {
    time.map(|time| time.to_string()).unwrap_or_default()
}

fn longest(msc: i64) -> String {
    format!(", the longest {}.{:03} s", msc / 1000, msc % 1000)
}

fn clock(clock: Option<&ServerZone>, likely: Option<&str>) -> String {
    match (clock, likely) {
        (Some(clock), _) => clock.to_string(),
        (None, Some(likely)) => format!("not stated; the weekly close fits --zone {likely}"),
        (None, None) => "not stated".to_owned(),
    }
}

fn joined(mut lines: Vec<String>, wrong_clock: Option<&str>) -> String {
    lines.extend(wrong_clock.map(|wrong| format!("warning: {wrong}")));
    lines.join("\n") + "\n"
}
