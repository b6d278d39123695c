//! `inspect`: shows what is in a recording, the life of one order, or why a trade was made or not
//! made at a moment.
//!
//! Everything comes from running the recording again, so it shows what this version of the executor
//! does. If that differs from the recording, a line on stderr says so.

use crate::cli::output::{ExitStatus, Helped, Output};
use crate::cli::replay::open;
use crate::domain::money::currency_digits;
use crate::domain::order::OrderState;
use crate::domain::point_in_time::PointInTime;
use crate::domain::text;
use crate::domain::text::ShownPath;
use crate::domain::time::ServerMsc;
use crate::executor::action::TradeClosed;
use crate::inspect::evaluation::Evaluation;
use crate::inspect::explanation::EvaluationSearch;
use crate::inspect::finder::Finder;
use crate::inspect::life::{PositionLife, Touch};
use crate::inspect::limits::HeadroomLog;
use crate::inspect::overview::{Judged, Overview};
use crate::recording::player::replay;
use crate::recording::reader::Recording;
use crate::report::run_result::RunResult;
use crate::session::ports::Journal;
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

/// Show what is in a recording, one order's life, or why it did (not) trade.
#[derive(Debug, Clone, Args)]
pub struct InspectArgs {
    /// Directory of a recording.
    pub recording: PathBuf,
    /// The life of order #N, as orders.txt numbers them.
    #[arg(long, value_name = "N", conflicts_with_all = ["strategy", "at", "limits"])]
    pub order: Option<u64>,
    /// How far the account was from each of its limits, over time, as CSV.
    #[arg(long, conflicts_with = "strategy")]
    pub limits: bool,
    /// With --limits, how many minutes of the server's clock lie between two looks.
    #[arg(long, value_name = "MINUTES", requires = "limits", default_value_t = 60,
        value_parser = clap::value_parser!(u32).range(1..=1_440))]
    pub every: u32,
    /// Why a strategy did (not) trade at a moment: what it compared, what held, and the first reason
    /// against a trade.
    #[arg(long, requires = "strategy", conflicts_with = "order")]
    pub why: bool,
    /// The strategy that did (not) trade.
    #[arg(long, value_name = "ID", requires = "at")]
    pub strategy: Option<String>,
    /// When: by the server's clock, such as "2025-09-22 14:00", or with a zone, such as
    /// 2025-09-22T11:00:00Z.
    #[arg(long, value_name = "TIME", requires = "strategy")]
    pub at: Option<PointInTime>,
}

/// Runs the verb.
///
/// # Errors
/// When the recording cannot be read, or has no such order, strategy or moment.
pub fn run(args: &InspectArgs, output: &Output) -> anyhow::Result<ExitStatus> {
    let recording = open(&args.recording)?;
    for name in &recording.edited {
        output.note(&format!("{} was edited after recording", text::name(name)));
    }
    if let Some(warning) = recording.other_zone_database() {
        output.note(&format!("warning: {warning}"));
    }
    let output = &output.about(&recording.file.zone);
    match (args.order, &args.strategy, args.at) {
        (Some(number), _, _) => order(&recording, number, output)?,
        (None, Some(strategy), Some(at)) => why(&recording, strategy, at, output)?,
        _ if args.limits => limits(&recording, args.every, output)?,
        _ => overview(&recording, output)?,
    }
    Ok(ExitStatus::Fine)
}

/// Runs the recording again with a journal that looks for something; says so if it came out
/// otherwise.
fn look<J: Journal>(recording: &Recording, journal: &mut J) -> anyhow::Result<Option<u64>> {
    let outcome = replay(recording, &mut recording.executor()?, journal)
        .map_err(anyhow::Error::from_boxed)?;
    Ok(outcome.divergence.map(|divergence| divergence.seq))
}

fn warn(recording: &Recording, parted: Option<u64>, output: &Output) {
    if let Some(seq) = parted {
        let dir = recording.dir.shown();
        let dir = text::line(&dir);
        output
            .note(&format!("the replay differs from the recording from input {seq} on; shown is the replay: see `tickdeck replay {dir}`"));
    }
}

fn order(recording: &Recording, number: u64, output: &Output) -> anyhow::Result<()> {
    let symbols = &recording.file.symbols;
    let mut finder = Finder::new(symbols);
    warn(recording, look(recording, &mut finder)?, output);
    let found = finder.finish(number).map_err(|last| no_order(number, last))?;
    let currency = &recording.file.account.currency;
    let mut life = PositionLife::new(symbols, currency_digits(currency), found);
    look(recording, &mut life)?;
    let PositionLife { touches, strategy, closed, unfilled, .. } = life;
    let told = Told {
        order: number,
        position: found.0.0,
        strategy,
        zone: recording.file.zone.to_string(),
        touches,
        closed,
        unfilled,
    };
    if output.json {
        output.object(&told)
    } else {
        output.data(told.text(&clock(recording, output), currency).trim_end())
    }
}

/// How far the account was from its limits.
fn limits(recording: &Recording, every: u32, output: &Output) -> anyhow::Result<()> {
    let file = &recording.file;
    let mut log = HeadroomLog::new(&file.symbols, file.zone.clone(), every);
    warn(recording, look(recording, &mut log)?, output);
    if log.rows.is_empty() {
        let message = "this recording has no limits on the account".to_owned();
        let help = "limits are set under [risk] of a session".to_owned();
        return Err(Helped { message, help }.into());
    }
    if output.json {
        return output.object(&serde_json::json!({ "limits": log.rows }));
    }
    let mut table = csv::Writer::from_writer(Vec::new());
    log.rows.iter().try_for_each(|row| table.serialize(row))?;
    let table = String::from_utf8(table.into_inner()?)?;
    output.data(table.trim_end())
}

fn no_order(number: u64, last: u64) -> Helped {
    let help = match last {
        0 => {
            "no request of this recording came to a position; orders.txt shows what became of them"
                .to_owned()
        }
        1 => "there is only #1; orders.txt shows it".to_owned(),
        last => format!("there are #1 to #{last}; orders.txt shows them"),
    };
    Helped { message: format!("there is no order #{number} in this recording"), help }
}

/// The life of an order.
#[derive(Debug, Serialize)]
struct Told {
    order: u64,
    position: u64,
    strategy: Option<String>,
    zone: String,
    touches: Vec<Touch>,
    closed: Option<TradeClosed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unfilled: Option<OrderState>,
}

impl Told {
    fn text(&self, clock: &str, currency: &str) -> String {
        let strategy = text::name(
            self.strategy.as_deref().unwrap_or("a strategy that this recording does not name"),
        );
        let mut lines = vec![
            format!("order #{}, position {}, of {strategy}", self.order, self.position),
            clock.to_owned(),
        ];
        for touch in &self.touches {
            lines.push(format!("\n{}, input {}", touch.at, touch.input_seq));
            lines.push(format!("  {}", touch.event));
            if let Some(evaluation) = &touch.evaluation {
                let rule = evaluation.rule.as_deref().unwrap_or_default();
                let bars = text::name(evaluation.bars.as_deref().unwrap_or_default());
                lines.push(format!("  bar {bars} {}: {}", evaluation.bar, evaluation.values()));
                lines.push(format!("  rule {rule}"));
                lines.push(format!("  verdict {}", evaluation.sentence));
                lines.extend(evaluation.turned.map(|turned| format!("  turned {turned}")));
            }
            lines.extend(touch.actions.iter().map(|action| format!("  → {action}")));
        }
        lines.push(format!("\n{}", self.end(currency)));
        lines.join("\n")
    }

    fn end(&self, currency: &str) -> String {
        if let Some(state) = self.unfilled {
            let state = format!("{state:?}").to_lowercase();
            return format!("nothing of it was filled: the order is {state}");
        }
        let Some(closed) = &self.closed else {
            return "still open where the recording ends".to_owned();
        };
        let net = closed.profit + closed.commission + closed.swap;
        let held_ms = closed.close_time_msc.0 - closed.open_time_msc.0;
        let amount = net.with_digits(currency_digits(currency));
        format!(
            "closed ({}) after {}.{:03} s, net {amount} {currency}",
            closed.reason.name(),
            held_ms / 1000,
            held_ms % 1000
        )
    }
}

fn clock(recording: &Recording, output: &Output) -> String {
    format!("times are by {}", output.clock.words(&recording.file.zone))
}

fn why(
    recording: &Recording,
    strategy: &str,
    at: PointInTime,
    output: &Output,
) -> anyhow::Result<()> {
    let zone = &recording.file.zone;
    let time_msc = at.server_msc(zone);
    let mut why = EvaluationSearch::new(strategy, time_msc);
    let parted = look(recording, &mut why)?;
    let Some(found) = why.found.take() else {
        return Err(nothing_there(&why, strategy, time_msc).into());
    };
    warn(recording, parted, output);
    let (before, after) = (Vec::from(why.before), why.after);
    let asked = time_msc.to_string();
    let answer = Answer {
        strategy: strategy.to_owned(),
        asked,
        zone: zone.to_string(),
        found,
        before,
        after,
    };
    let clock = clock(recording, output);
    if output.json { output.object(&answer) } else { output.data(&answer.text(clock)) }
}

/// Why a strategy did (not) trade.
#[derive(Debug, Serialize)]
struct Answer {
    strategy: String,
    /// The moment by the server's clock.
    asked: String,
    zone: String,
    found: Evaluation,
    before: Vec<Evaluation>,
    after: Vec<Evaluation>,
}

impl Answer {
    fn text(&self, clock: String) -> String {
        let Self { strategy, asked, found, before, after, .. } = self;
        let mut lines = vec![
            format!("{} at {asked}: {}", text::name(strategy), found.sentence),
            clock,
            String::new(),
        ];
        lines.push(found.to_string());
        lines.push(format!("judged     {}, input {}\n", found.at, found.input_seq));
        lines.push("around it".to_owned());
        for (mark, evaluation) in before
            .iter()
            .map(|it| (' ', it))
            .chain([('>', found)])
            .chain(after.iter().map(|it| (' ', it)))
        {
            lines.push(format!("{mark} {}  {}", evaluation.bar, evaluation.sentence));
        }
        lines.join("\n")
    }
}

/// What there is instead of the evaluation that was asked for.
fn nothing_there(why: &EvaluationSearch, strategy: &str, time_msc: ServerMsc) -> Helped {
    if !why.strategies.contains(strategy) {
        let known: Vec<_> = why.strategies.iter().map(|id| text::name(id)).collect();
        let help = match known.as_slice() {
            [] => "no strategy was judged in it at all".to_owned(),
            known => format!("strategies that were judged: {}", known.join(", ")),
        };
        return Helped {
            message: format!(
                "no bar was judged by a strategy `{}` in this recording",
                text::name(strategy)
            ),
            help,
        };
    }
    let around = why.before.back().map(|it| format!("the one before is {}", it.bar));
    let around: Vec<String> = around
        .into_iter()
        .chain(why.after.first().map(|it| format!("the next is {}", it.bar)))
        .collect();
    let span = why
        .span
        .map(|(first, end)| format!("bars from {first} to {end} were judged; "))
        .unwrap_or_default();
    let message = format!(
        "`{}` judged no bar that contains {time_msc} by the server's clock",
        text::name(strategy)
    );
    Helped { message, help: format!("{span}{}", around.join(", ")) }
}

/// What is in a recording.
#[derive(Debug, Serialize)]
struct Contents {
    name: String,
    written_by: String,
    symbols: Vec<String>,
    zone: String,
    /// By the server's clock.
    first_tick: Option<String>,
    last_tick: Option<String>,
    inputs: u64,
    ticks: u64,
    steps: u64,
    requests: u64,
    positions: u64,
    actions_hash: String,
    strategies: BTreeMap<String, Judged>,
    currency: String,
    outcome: RunResult,
}

fn overview(recording: &Recording, output: &Output) -> anyhow::Result<()> {
    let symbols = &recording.file.symbols;
    let mut journals = (Overview::new(symbols), RunResult::new(symbols));
    warn(recording, look(recording, &mut journals)?, output);
    let (overview, outcome) = journals;
    let (positions, strategies) = overview.finish();
    let (file, recorded) = (&recording.file, &recording.recorded);
    let contents = Contents {
        name: file.name.clone(),
        written_by: recorded.tickdeck.clone(),
        symbols: file.symbols.clone(),
        zone: file.zone.to_string(),
        first_tick: recorded.first_time_msc.map(|time| time.to_string()),
        last_tick: recorded.last_time_msc.map(|time| time.to_string()),
        inputs: recorded.inputs,
        ticks: recorded.ticks,
        steps: recorded.steps,
        requests: recorded.orders,
        positions,
        actions_hash: recorded.actions_hash.to_string(),
        strategies,
        currency: file.account.currency.clone(),
        outcome,
    };
    if output.json { output.object(&contents) } else { output.data(contents.text().trim_end()) }
}

impl Contents {
    fn text(&self) -> String {
        let time = |time: &Option<String>| time.clone().unwrap_or_else(|| "-".to_owned());
        let orders = match self.positions {
            0 => "none".to_owned(),
            1 => "#1".to_owned(),
            last => format!("#1 to #{last}"),
        };
        let mut text = format!(
            "recording    {}, written by tickdeck {}\nsymbols      {}\nclock        {}; times are by it\nfrom         {}\nto           {}\n\
             inputs       {}, of which ticks {}\nsteps        {} with actions\nrequests     {}\norders       {orders}\nactions      {}\n",
            text::name(&self.name),
            text::name(&self.written_by),
            self.symbols.iter().map(|name| text::name(name)).collect::<Vec<_>>().join(", "),
            self.zone,
            time(&self.first_tick),
            time(&self.last_tick),
            self.inputs,
            self.ticks,
            self.steps,
            self.requests,
            self.actions_hash,
        );
        let result = self.outcome.all.in_words(&self.currency);
        let _ = writeln!(text, "result       {result}");
        for (owner, judged) in &self.strategies {
            let Judged { bars, evaluations, first_bar, last_bar, verdicts } = judged;
            let (id, bars) = (text::name(owner), text::name(bars));
            let written = write!(
                text,
                "\n{id} on {bars}: {evaluations} bars judged, from {first_bar} to {last_bar}\n"
            );
            debug_assert!(written.is_ok(), "writing to a string does not fail");
            if let Some(sums) = self.outcome.by_strategy.get(owner) {
                let _ = writeln!(text, "  {}", sums.in_words(&self.currency));
            }
            text.extend(
                verdicts.iter().map(|(verdict, count)| format!("  {verdict:18} {count:>8}\n")),
            );
        }
        text
    }
}
