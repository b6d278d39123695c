//! Everything that the core can learn (session 1).

use crate::domain::account::Account;
use crate::domain::amount::{Money, Price, Volume};
use crate::domain::deal::Deal;
use crate::domain::id::{Cid, DataId, StrategyId, SymbolId, Ticket};
use crate::domain::order::{Order, Side};
use crate::domain::position::Position;
use crate::domain::retcode::Retcode;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::Tick;
use crate::domain::time::ServerMsc;
use crate::executor::command::CommandEvent;
use crate::executor::config::ExecutorConfig;
use crate::market::bar::{Bar, TickCursor};
use crate::market::quiet::{Quiet, QuoteBounds};
use crate::market::timeframe::Timeframe;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// One thing that happened: the only way in which the core learns anything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A quote changed.
    Tick(Tick),
    /// Bars that were requested.
    Bars(Box<Bars>),
    /// A command, whether it could be read or not.
    Command(Box<CommandEvent>),
    /// An answer or a change from the broker.
    Broker(BrokerEvent),
    /// The link to the broker changed.
    Link(Link),
    /// A person at the controls.
    Operator(Operator),
    /// The process starts, with a state or without one: the first of all events of a process.
    Life(Box<Life>),
    /// A strategy in another process has answered, or failed to.
    Advice(Box<Advice>),
    /// What a strategy of another recording, which is followed, has open now.
    Source(Box<SourceNews>),
    /// The moment of `next_wakeup` has come.
    Wakeup,
}

const _: () =
    assert!(size_of::<Event>() <= 48, "an event must stay cheap to move: box what is large");

/// The start of a process (a life). The link, quotes and open requests for data of an earlier
/// process are void, symbols are looked up again by name, and the caps are those of the new
/// configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// The configuration of this process.
    pub config: ExecutorConfig,
}

/// The answer to [`crate::executor::action::DataRequest::Bars`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bars {
    /// The number of the request for data that this answers; 0 when there was none.
    #[serde(default)]
    pub id: DataId,
    /// The symbol, as its index in the session.
    pub symbol: SymbolId,
    /// The timeframe of the bars.
    pub timeframe: Timeframe,
    /// The closed bars, oldest first; fewer than requested when the broker has no more.
    pub closed: Vec<Bar>,
    /// The bar that is not closed yet; none before its first tick.
    pub forming: Option<Bar>,
    /// The last tick that is contained in the bars; later ticks continue them.
    pub as_of: TickCursor,
}

impl Bars {
    /// The name of the first field that makes no sense, if any: bars must be in order of time, at
    /// times that others can follow, with prices and counts to which more can be added.
    #[must_use]
    pub fn flaw(&self) -> Option<&'static str> {
        let ordered = self.closed.windows(2).all(|pair| pair[0].time_msc < pair[1].time_msc);
        let follows = self.forming.is_none_or(|forming| {
            self.closed.last().is_none_or(|last| last.time_msc < forming.time_msc)
        });
        if !is_bar_time(self.as_of.time_msc) {
            Some("bars.as_of")
        } else if let Some(flaw) = self.closed.iter().chain(&self.forming).find_map(bar_flaw) {
            Some(flaw)
        } else if !ordered || !follows {
            Some("bars.order")
        } else {
            None
        }
    }
}

/// The field of a bar whose value is impossible, or leaves no room for further bars.
pub(super) fn bar_flaw(bar: &Bar) -> Option<&'static str> {
    // Bars are of quotes, and none is of an empty book.
    let is_quote = |price: Price| is_price(price) && price > Price::ZERO;
    let prices =
        [bar.open, bar.high, bar.low, bar.close].into_iter().all(is_quote) && bar.high >= bar.low;
    let fields = [
        (is_bar_time(bar.time_msc), "bars.time_msc"),
        (prices, "bars.prices"),
        (bar.spread.0.unsigned_abs() < SPREAD_MAX, "bars.spread"),
        (bar.tick_volume < COUNT_MAX && bar.real_volume < COUNT_MAX, "bars.volume"),
    ];
    fields.into_iter().find(|(sound, _)| !sound).map(|(_, field)| field)
}

fn is_bar_time(time_msc: ServerMsc) -> bool {
    (-SERVER_MSC_MAX..SERVER_MSC_MAX).contains(&time_msc.0)
}

/// More ticks, or more traded volume, than any bar has.
const COUNT_MAX: u64 = 1 << 48;
/// More points than any spread has; as a price it fits for any digits.
const SPREAD_MAX: u64 = 1 << 32;
/// Bits that hold every server time: they reach to the year 3084.
const SERVER_MSC_BITS: u32 = 45;
/// No position has more lots.
const LOTS_MOST: Volume = Volume::from_raw(1 << 60);
/// Every server time is below this.
pub(super) const SERVER_MSC_MAX: i64 = 1 << SERVER_MSC_BITS;
/// The last server time.
pub(super) const SERVER_MSC_LAST: ServerMsc = ServerMsc(SERVER_MSC_MAX - 1);
/// Bits that hold every price, up to about 1.15 billion. Sums of a few such prices fit.
const PRICE_BITS: u32 = 60;

/// Whether a tick has both quotes, its values are within reason, and its time is not after
/// `latest`. This is asked of every tick, so all values are tested at once: a negative value, or
/// one with too many bits, shows in the bitwise sum.
#[inline]
pub(super) const fn is_quoted(tick: &Tick, latest: ServerMsc) -> bool {
    let quotes = tick.bid.raw().wrapping_sub(1) | tick.ask.raw().wrapping_sub(1);
    let left = latest.0.wrapping_sub(tick.time_msc.0);
    let all = tick.time_msc.0 | quotes >> (PRICE_BITS - SERVER_MSC_BITS) | left;
    0 <= all && all < SERVER_MSC_MAX
}

/// The ticks of which [`is_quoted`] is true, whatever `latest` becomes with them.
pub(super) const fn quoted_quiet(latest: ServerMsc) -> Quiet {
    const NO_PRICE: Price = Price::from_raw(1 + (1 << PRICE_BITS));
    let until = if latest.0 < SERVER_MSC_LAST.0 { latest } else { SERVER_MSC_LAST };
    let quotes = QuoteBounds { bid_high: NO_PRICE, ask_high: NO_PRICE, ..QuoteBounds::UNBOUNDED };
    Quiet { until: ServerMsc(until.0 + 1), quotes }
}

/// Whether a tick says that there is no quote: MT5 sends zeros when the book is empty (MT5
/// reference 1.5).
pub(super) const fn is_empty_book(tick: &Tick) -> bool {
    let (bid, ask) = (tick.bid, tick.ask);
    let none = bid.raw() == 0 || ask.raw() == 0;
    none && is_price(bid) && is_price(ask) && is_server_time(tick.time_msc)
}

/// Whether a price is not negative and within reason.
pub(super) const fn is_price(price: Price) -> bool {
    0 <= price.raw() && price.raw() < 1 << PRICE_BITS
}

/// Whether a time by the server's clock can be followed by others.
pub(super) const fn is_server_time(time_msc: ServerMsc) -> bool {
    0 <= time_msc.0 && time_msc.0 < SERVER_MSC_MAX
}

/// What a strategy in another process makes of a closed bar: the answer to
/// [`Action::Ask`](crate::executor::action::Action::Ask).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// The strategy that was asked.
    pub strategy: StrategyId,
    /// The open time of the bar, by the server's clock.
    pub bar_msc: ServerMsc,
    /// What it wants, or why there is no answer.
    pub outcome: AdviceOutcome,
}

/// What has come of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdviceOutcome {
    /// An answer.
    Wants(Wants),
    /// None.
    Failed(AdviceFailure),
}

/// What a strategy in another process wants. What nobody names stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wants {
    /// The side on which it enters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enters: Option<Side>,
    /// Whether it closes its buys.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub leaves_buys: bool,
    /// Whether it closes its sells.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub leaves_sells: bool,
    /// The stop loss of the entry, instead of that of the rules where either stop is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sl: Option<Price>,
    /// The take profit of the entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tp: Option<Price>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdviceFailure {
    /// None came in time.
    Silent,
    /// The program has ended, or cannot be started.
    Gone,
    /// What the program said is no answer.
    Nonsense,
}

/// All that a strategy of another recording has open, as its executor knew it then. It comes whenever
/// that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceNews {
    /// Which source it is, by the name that followers give it.
    pub source: StrategyId,
    /// What its account is worth, in the deposit currency of both; none while that is not certain. One that
    /// is worth nothing is followed no more than one of which that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equity: Option<Money>,
    /// What it has open.
    pub positions: Vec<SourcePosition>,
}

/// An open position of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourcePosition {
    /// The number by which deals name it; it never changes.
    pub identifier: Ticket,
    /// Whether it is long or short.
    pub side: Side,
    /// The volume that was opened, in lots.
    pub opened: Volume,
    /// The volume that was closed of it since.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub closed: Volume,
    /// The price at which it was opened.
    pub price_open: Price,
    /// Its stop loss.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sl: Option<Price>,
    /// Its take profit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tp: Option<Price>,
    /// How long ago it was opened, in milliseconds.
    #[serde(default, skip_serializing_if = "is_now")]
    pub age_ms: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_nothing(volume: &Volume) -> bool {
    *volume == Volume::ZERO
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_now(age_ms: &u64) -> bool {
    *age_ms == 0
}

impl SourceNews {
    /// The name of the first field that makes no sense, if any.
    #[must_use]
    pub fn flaw(&self) -> Option<&'static str> {
        let mut seen = BTreeSet::new();
        if self.positions.iter().any(|position| !seen.insert(position.identifier)) {
            Some("source.positions.identifier")
        } else {
            self.positions.iter().find_map(SourcePosition::flaw)
        }
    }
}

impl SourcePosition {
    fn flaw(&self) -> Option<&'static str> {
        let Self { opened, closed, price_open, sl, tp, .. } = *self;
        let is_volume = Volume::ZERO <= closed && closed < opened && opened <= LOTS_MOST;
        let are_prices = [Some(price_open), sl, tp].into_iter().flatten().all(is_price);
        if is_volume {
            (!are_prices).then_some("source.positions.prices")
        } else {
            Some("source.positions.volume")
        }
    }
}

/// An answer or a change from the broker. Each may come twice and in any order; the final state is
/// the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokerEvent {
    /// The answer to a request.
    Answer(Box<Answer>),
    /// A deal was made.
    Deal(Box<Deal>),
    /// The present state of an order.
    Order(Box<Order>),
    /// The present state of a position.
    Position(Box<Position>),
    /// A position is no longer open; by its ticket.
    Removed(Ticket),
    /// The present state of the account.
    Account(Box<Account>),
    /// A symbol's specification, for the first time or changed.
    Symbol(Box<SymbolNews>),
    /// The broker has no such symbol: an answer to
    /// [`crate::executor::action::DataRequest::Subscribe`].
    NoSymbol(Box<NoSymbol>),
    /// A reading of the account: the answer to [`crate::executor::action::DataRequest::Snapshot`].
    Snapshot(Box<BrokerSnapshot>),
}

/// A specification, and the symbol that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SymbolNews {
    /// The symbol, as its index in the session.
    pub symbol: SymbolId,
    /// The specification as the broker reports it; it may make no sense.
    pub spec: SymbolSpec,
}

/// A symbol that was requested and does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoSymbol {
    /// The number of the request for data that this answers.
    pub id: DataId,
    /// The name of the symbol, as requested.
    pub name: String,
}

/// The answer to one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The number of the request that is answered.
    pub cid: Cid,
    /// What is known of the request's execution.
    pub outcome: Outcome,
}

/// What is known of a request's execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The trade server answered.
    Server(ServerAnswer),
    /// The request was certainly not sent (MT5 reference 1.7: -2, -3, -5 … -10004).
    NotSent,
    /// There is no answer, and whether the request was executed is not known (-1, -10000 … -10005).
    NoAnswer,
}

/// The trade server's answer: MT5's `OrderSendResult`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerAnswer {
    /// The return code.
    pub retcode: Retcode,
    /// The ticket of the order; none when the answer does not name it.
    pub order: Option<Ticket>,
    /// The ticket of the deal; none when the answer does not name it. The deal may come after the
    /// answer.
    pub deal: Option<Ticket>,
    /// The filled volume in lots; zero when not given, which servers do even for whole fills.
    pub volume: Volume,
    /// The price of the deal; zero when not given.
    pub price: Price,
    /// The Bid at the time of the answer; zero when not given.
    pub bid: Price,
    /// The Ask at the time of the answer; zero when not given.
    pub ask: Price,
}

/// Everything that the broker holds for the account at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerSnapshot {
    /// The number of the request for data that this answers; 0 when there was none.
    #[serde(default)]
    pub id: DataId,
    /// The start of the history that was read, by the server's clock; when absent, the start that
    /// was requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history_since_msc: Option<ServerMsc>,
    /// The moment of the snapshot, by the server's clock.
    pub as_of_msc: ServerMsc,
    /// Whether every part could be read. An incomplete snapshot proves no absence.
    pub complete: bool,
    /// The account's figures.
    pub account: Account,
    /// All open positions of the account, whoever opened them.
    /// Shared, because a broker that holds them may list all of them every few seconds.
    pub positions: Vec<Arc<Position>>,
    /// All working orders of the account, whoever placed them.
    pub orders: Vec<Order>,
    /// The orders that ended since the start of the history.
    /// Shared like the positions.
    pub history_orders: Vec<Arc<Order>>,
    /// The deals that were made since the start of the history.
    /// Shared like the positions.
    pub history_deals: Vec<Arc<Deal>>,
}

/// A change of the link to the broker. Entries need all stages, in this order: `Up`, `Verified`,
/// `Synced`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// The link is connected.
    Up,
    /// The link is not connected; every later stage is void.
    Down,
    /// The connected account is the configured one.
    Verified,
    /// Everything that the broker had to send up to now has come.
    Synced,
}

/// A person at the controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// Makes no entries until resumed.
    Pause,
    /// Makes entries again: ends a pause, and the stop that a refusal to trade or an ambiguous
    /// request had caused; never a latch.
    Resume,
    /// As EMERGENCY_STOP: removes our orders, closes our positions and latches.
    Kill,
    /// Clears the latch of a kill or of EMERGENCY_STOP.
    ClearKill,
}
