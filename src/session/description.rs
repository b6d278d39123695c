//! A session as its file describes it (`session.toml`, session 3): everything that decides what
//! happens and, once recorded, the result. Plain data; each module takes the part that it needs.

use crate::domain::amount::{Money, Percent, Points, Price};
use crate::domain::calendar::Calendar;
use crate::domain::decimal::pow10;
use crate::domain::id::{ContentHash, StrategyId};
use crate::domain::point_in_time::PointInTime;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::domain::zone::ServerZone;
use crate::executor::config::{ExecutorConfig, Followed, Limits};
use crate::market::timeframe::Timeframe;
use crate::risk::account::AccountRisk;
use crate::session::fault::{Fault, FaultRate};
use crate::session::figured;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The version of the file format that this program writes. It reads this one and older ones, and
/// refuses newer ones.
pub const FORMAT: u32 = 1;

/// The content of `session.toml`. Paths in it are relative to the file's folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionFile {
    /// The version of the file format, at most [`FORMAT`].
    pub format: u32,
    /// A name for people; no decision depends on it.
    pub name: String,
    /// The broker's names of all symbols; a symbol's index in this list is its `SymbolId`. A
    /// strategy that names no symbol trades the only one.
    pub symbols: Vec<String>,
    /// The first of `symbols`, which the executor knows from the start; all of them when absent.
    /// The broker has the others too, and the executor subscribes to them on request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscribed: Option<Vec<String>>,
    /// The seed from which every random stream of the session is derived.
    #[serde(default)]
    pub seed: u64,
    /// The server's clock, by which ticks and bars are dated.
    pub zone: ServerZone,
    /// The first moment, when that is not the first tick's: earlier ticks become bars that the broker has
    /// from the start. A day alone begins at midnight by the server's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<PointInTime>,
    /// The moment from which on nothing comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<PointInTime>,
    /// Whether `zone` is also the clock of files that do not state theirs. Otherwise a file that was
    /// imported with an unknown clock is refused, and the run warns of others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assume_zone: bool,
    /// A `symbol_info()` file with specifications; symbols that it does not name take the built-in
    /// ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specs: Option<PathBuf>,
    /// A file of commands to deliver, one JSON object a line: `{"at": …, "body": …}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commands: Option<PathBuf>,
    /// A file of news, with the columns `time`, `currency`, `impact` and `title`. Once
    /// the session is loaded, what it says is in `calendar` instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub news: Option<PathBuf>,
    /// The account that is traded.
    #[serde(default)]
    pub account: AccountModel,
    /// How the simulated broker behaves.
    #[serde(default)]
    pub broker: BrokerModel,
    /// The executor's limits, deadlines and pauses.
    #[serde(default)]
    pub limits: Limits,
    /// The limits on the whole account.
    #[serde(default, skip_serializing_if = "AccountRisk::is_none")]
    pub risk: AccountRisk,
    /// Programs, each with its arguments, that commands may start strategies with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<Vec<String>>,
    /// Strategies of other recordings that may be followed. Once the session is loaded, what there is to
    /// know of them is in `followed` instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source: Vec<SourceEntry>,
    /// The same, of a recording, which depends on no other: what they have open comes with the inputs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub followed: Vec<Followed>,
    /// Where the ticks come from, unless the command line says otherwise. A recording has its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticks: Option<TickSource>,
    /// Fields of specifications, by symbol, that override the built-in ones and those of `specs`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub symbol: BTreeMap<String, toml::Table>,
    /// The news that rules may keep away from. A recording has it here, and depends on no file.
    #[serde(default, skip_serializing_if = "Calendar::is_empty")]
    pub calendar: Calendar,
    /// Strategies that the session starts without a command.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strategy: Vec<StrategyEntry>,
    /// The result of a recorded run; absent in a file that describes a session still to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<Recorded>,
}

impl SessionFile {
    /// The part of the description that configures the executor.
    #[must_use]
    pub fn executor_config(&self) -> ExecutorConfig {
        ExecutorConfig {
            login: self.account.login,
            server: self.account.server.clone(),
            symbols: self.subscribed().to_vec(),
            zone: Some(self.zone.clone()),
            calendar: self.calendar.clone(),
            risk: self.risk.clone(),
            rates: self.account.rates.clone(),
            programs: self.programs(),
            followed: self.followed.clone(),
            limits: self.limits.clone(),
        }
    }

    /// The names of the symbols that the executor knows from the start.
    #[must_use]
    pub fn subscribed(&self) -> &[String] {
        self.subscribed.as_deref().unwrap_or(&self.symbols)
    }

    /// The programs that strategies in other processes may name: those of the session's own, and those
    /// that it lists for commands.
    #[must_use]
    pub fn programs(&self) -> Vec<Vec<String>> {
        let own = self.strategy.iter().filter_map(|entry| {
            let rules = &entry.rules;
            let command = rules.pointer("/strategy/command").or(rules.pointer("/entry/command"))?;
            serde_json::from_value(command.clone()).ok()
        });
        let mut programs: Vec<Vec<String>> = own.chain(self.programs.iter().cloned()).collect();
        programs.sort();
        programs.dedup();
        programs
    }

    /// The tick or bar files that the session names, relative to its own; none when ticks are
    /// generated or not named.
    pub fn tick_files(&self) -> impl Iterator<Item = &PathBuf> {
        let files = match &self.ticks {
            Some(TickSource::Files(files)) => Some(files),
            Some(TickSource::Bars(bars)) => Some(&bars.files),
            Some(TickSource::Generate { .. }) | None => None,
        };
        files.into_iter().flat_map(BTreeMap::values)
    }
}

/// A strategy of another recording that may be followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceEntry {
    /// The recording's folder, relative to the session file.
    pub recording: PathBuf,
    /// The strategy by its id there; none takes the only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<StrategyId>,
    /// The name that followers give it; none takes its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<StrategyId>,
    /// The symbol that it trades, by its name here; none where the name is the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
}

/// The account that is traded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountModel {
    /// The account number.
    pub login: u64,
    /// The trade server's name. When it is given, the account reports it and the executor refuses
    /// an account of another server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The deposit currency by its ISO code.
    pub currency: String,
    /// The first deposit, in the deposit currency.
    pub balance: Money,
    /// The leverage as `1:leverage`.
    pub leverage: u32,
    /// Below which levels the account gets a margin call and is stopped out.
    #[serde(deserialize_with = "figured::read", skip_serializing_if = "MarginLevels::are_usual")]
    pub margin_so: MarginLevels,
    /// The value of one unit of another currency in the deposit currency, for currencies that no
    /// quoted symbol of the session converts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rates: BTreeMap<String, Price>,
}

/// MT5's `margin_so_mode`, `margin_so_call` and `margin_so_so`: below which levels an account gets a
/// margin call and is stopped out (MT5 reference 5.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MarginLevels {
    /// The equity in percent of the margin: usually 100 and 50.
    Percent {
        /// The level of the margin call.
        call: Percent,
        /// The level of the stop-out.
        so: Percent,
    },
    /// The equity in the deposit currency.
    Money {
        /// The level of the margin call.
        call: Money,
        /// The level of the stop-out.
        so: Money,
    },
    /// There is neither.
    Off,
}

impl Default for MarginLevels {
    fn default() -> Self {
        let percent = |percent: i64| Percent::from_raw(percent * pow10(Percent::SCALE));
        Self::Percent { call: percent(100), so: percent(50) }
    }
}

impl MarginLevels {
    /// Whether they are the default, which files leave out.
    #[must_use]
    pub fn are_usual(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for AccountModel {
    fn default() -> Self {
        Self {
            login: 1,
            server: None,
            currency: "USD".into(),
            balance: Money::from_raw(10_000 * pow10(Money::SCALE)),
            leverage: 500,
            margin_so: MarginLevels::default(),
            rates: BTreeMap::new(),
        }
    }
}

/// How the simulated broker behaves. By default it executes everything at once, at the quote,
/// without commission.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BrokerModel {
    /// The commission of each deal per lot, in the deposit currency; entries and exits both pay it.
    pub commission_per_lot: Money,
    /// Whether swaps are charged at the end of the server's day, by the specifications of the
    /// symbols, all of which must state them. Off, nothing is charged overnight.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub swaps: bool,
    /// The time from the executor to the trade server.
    #[serde(deserialize_with = "figured::read")]
    pub request_latency: Latency,
    /// The time from the trade server back to the executor.
    #[serde(deserialize_with = "figured::read")]
    pub answer_latency: Latency,
    /// By how much a market deal is worse than the quote.
    #[serde(deserialize_with = "figured::read")]
    pub slippage: Slippage,
    /// Whether stops of an opening order are checked against the market.
    pub stops_check: StopsCheck,
    /// The price at which a stop loss or take profit is filled once it is reached. When absent,
    /// ticks made from bars use what their model prescribes; all others fill it at the quote of the
    /// tick.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_fills: Option<StopFills>,
    /// Faults by script: at a request by its number, or at a moment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// Faults by chance, drawn from the session's seed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fault_rates: Vec<FaultRate>,
    /// From this moment on there are no faults by chance, and lasting faults end. None means to the
    /// end of the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faults_until: Option<Timestamp>,
}

/// The time that one leg between executor and trade server takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Latency {
    /// Always the same, in milliseconds.
    ConstantMs(u64),
    /// Uniformly distributed between two bounds, both included, in milliseconds.
    UniformMs {
        /// The shortest time.
        min: u64,
        /// The longest time.
        max: u64,
    },
}

impl Default for Latency {
    fn default() -> Self {
        Self::ConstantMs(0)
    }
}

/// By how much a market deal is worse than the quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Slippage {
    /// Always this many points.
    ConstantPoints(Points),
    /// Uniformly distributed from 0 to a maximum of points, both included.
    UniformPoints {
        /// The largest slippage.
        max: Points,
    },
}

impl Default for Slippage {
    fn default() -> Self {
        Self::ConstantPoints(Points(0))
    }
}

/// Whether stops of an opening order are checked against the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopsCheck {
    /// As MT5's server does: a stop on the wrong side of the market or inside the stops level is
    /// refused with 10016.
    #[default]
    Mt5,
    /// Not at all, as in plain backtests: a stop on the wrong side fires at the next tick.
    Off,
}

/// The price at which a stop loss, take profit or pending order is filled once it is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopFills {
    /// At the quote of the tick that reached it: for a stop never better than its level, for a take
    /// profit or limit never worse (MT5 reference 4.2).
    #[default]
    Tick,
    /// Exactly at its level, as MT5's tester does in its models other than every tick (measured:
    /// 179 of 179 in a 1-minute OHLC report). With [`StopsCheck::Off`] this also holds for a level
    /// on the wrong side, where the market may be worse.
    Level,
}

/// Where ticks come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TickSource {
    /// Tick files by symbol, relative to the session file.
    Files(BTreeMap<String, PathBuf>),
    /// Ticks made from bars.
    Bars(BarTicks),
    /// Generated ticks for every symbol, the same for the same figures (`tickdeck generate`).
    Generate {
        /// The number of ticks of each symbol.
        ticks: u64,
        /// The seed from which the ticks are derived.
        seed: u64,
    },
}

/// Ticks made from bars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BarTicks {
    /// How many ticks each bar becomes, and where in its span.
    pub model: TickModel,
    /// The timeframe of the bars; when absent, it follows from their open times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeframe: Option<Timeframe>,
    /// Bar files by symbol, relative to the session file.
    pub files: BTreeMap<String, PathBuf>,
}

/// How ticks are made from bars (MT5 reference 6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TickModel {
    /// As many ticks as the bar's tick volume says.
    #[serde(alias = "every-tick")]
    EveryTick,
    /// Four ticks a bar, spread over its span: MT5's 1-minute OHLC when the bars are M1.
    Ohlc,
    /// The open, and the other prices at the very end of the bar, so that stops are checked.
    #[serde(alias = "open-prices")]
    OpenPrices,
}

impl TickModel {
    /// The price at which stops are filled unless the session says otherwise. With a few ticks a
    /// bar, the market crosses a level far from any tick, so that the level itself is the better
    /// estimate.
    #[must_use]
    pub const fn stop_fills(self) -> StopFills {
        match self {
            Self::EveryTick => StopFills::Tick,
            Self::Ohlc | Self::OpenPrices => StopFills::Level,
        }
    }
}

/// A strategy that the session starts without a command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrategyEntry {
    /// The platform's id of the strategy.
    pub id: String,
    /// A name for people; the id when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When the strategy is started; at the session's first moment when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The broker's name of the symbol; the session's only one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// The timeframe of the bars on which the strategy is evaluated, such as `M5`.
    pub timeframe: String,
    /// Settings in the form of START_STRATEGY.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<serde_json::Value>,
    /// Options in the form of START_STRATEGY.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<serde_json::Value>,
    /// Rules in any dialect that START_STRATEGY accepts.
    pub rules: serde_json::Value,
}

/// What a recording adds to its session file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// The version of the program that wrote the recording.
    pub tickdeck: String,
    /// The version of the time zone database that was used, such as `2026e`.
    pub tzdb: String,
    /// The server time of the first tick; none when there was no tick.
    pub first_time_msc: Option<ServerMsc>,
    /// The server time of the last tick; none when there was no tick.
    pub last_time_msc: Option<ServerMsc>,
    /// The number of inputs, including ticks.
    pub inputs: u64,
    /// The number of ticks.
    pub ticks: u64,
    /// The number of steps with at least one action that is hashed.
    pub steps: u64,
    /// The number of requests to the trade server.
    pub orders: u64,
    /// The hash of all steps (session 4): equal hashes mean equal actions.
    pub actions_hash: ContentHash,
    /// The hash at regular distances, so that a difference is located without comparing everything.
    pub checkpoints: Vec<Checkpoint>,
    /// The hash of each other file of the recording, by its path.
    pub files: BTreeMap<String, ContentHash>,
}

/// The hash of a session up to a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The number of the step's input, counted from 1.
    pub input_seq: u64,
    /// The hash of all steps up to and including this one.
    pub hash: ContentHash,
}

/// The message for a field that [`not_a_figure`] finds.
pub const NOT_A_FIGURE: &str = "is no figure: TOML's nan and inf say nothing here";

/// The path of the first NaN or infinity in a session file; none when every number is finite. JSON
/// cannot hold such a number, so that it would be lost as if the field were absent.
#[must_use]
pub fn not_a_figure(file: &toml::Table) -> Option<String> {
    fn below(name: &str, value: &toml::Value) -> Option<String> {
        match value {
            toml::Value::Float(figure) if !figure.is_finite() => Some(name.to_owned()),
            toml::Value::Array(items) => items
                .iter()
                .enumerate()
                .find_map(|(place, item)| below(&format!("{name}.{place}"), item)),
            toml::Value::Table(table) => {
                table.iter().find_map(|(field, value)| below(&format!("{name}.{field}"), value))
            }
            _ => None,
        }
    }
    file.iter().find_map(|(name, value)| below(name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_file_says_enough_and_a_wrong_field_is_named() {
        let text = r#"
            format = 1
            name = "small"
            symbols = ["EURUSD"]
            zone = "America/New_York+7"
            [broker]
            commission_per_lot = 3.5
            request_latency = { uniform_ms = { min = 20, max = 80 } }
            faults = [{ request = 2, kind = "requote" }, { request = 3, kind = { partial = { percent = 40 } } }]
            [ticks.generate]
            ticks = 1000
            seed = 1
            [[strategy]]
            id = "a"
            timeframe = "M1"
            rules = { entry = { type = "indicator_cross" } }
        "#;
        let file: SessionFile = toml::from_str(text).unwrap();
        assert_eq!(file.broker.commission_per_lot.to_string(), "3.5");
        let again: SessionFile = toml::from_str(&toml::to_string(&file).unwrap()).unwrap();
        assert_eq!(again, file);
        let wrong = toml::from_str::<SessionFile>(&text.replace("commission_per_lot", "comission"))
            .unwrap_err()
            .to_string();
        assert!(wrong.contains("comission") && wrong.contains("commission_per_lot"), "{wrong}");
    }
}
