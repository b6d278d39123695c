//! The checked rule set: the one form that runs, whatever dialect the rules came in.

use crate::domain::amount::{Points, Volume};
use crate::domain::order::Side;
use crate::indicator::spec::LineSpec;
use crate::market::timeframe::Timeframe;
use crate::strategy::advised::Advised;
use crate::strategy::condition::{Condition, LineAt, Operand, Relation, Signals, Test};
use crate::strategy::copying::Copying;
use crate::strategy::distance::{Distance, TakeProfit};
use crate::strategy::entry_order::EntryOrder;
use crate::strategy::filter::Filters;
use crate::strategy::limits::StrategyLimits;
use crate::strategy::management::Management;
use crate::strategy::own::Own;
use crate::strategy::program::Program;
use crate::strategy::sizing::{DrawdownScaling, Sizing};
use serde::{Deserialize, Serialize};

/// A strategy's rules after checking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// When to enter.
    pub entry: EntryRule,
    /// The pending order that a signal places; none enters at the market.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<EntryOrder>,
    /// When to leave.
    pub exit: Exit,
    /// Volume and number of positions, unless the settings say otherwise.
    pub risk: RiskRules,
    /// When a signal is let through.
    #[serde(default, skip_serializing_if = "Filters::is_none")]
    pub filters: Filters,
    /// The timeframe that they are made for; none leaves it to whoever starts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeframe: Option<Timeframe>,
}

/// When to enter, evaluated on closed bars (executor 3.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum EntryRule {
    /// On the crossing of two lines.
    Cross(IndicatorCross),
    /// When a strategy in Rust says so.
    Own(Box<Own>),
    /// When a program that is asked says so.
    Advised(Box<Advised>),
    /// When another strategy has opened something.
    Copy(Box<Copying>),
    /// While conditions hold.
    When(Box<Signals>),
}

/// An entry on the crossing of two indicator lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndicatorCross {
    /// The line that crosses.
    pub fast: LineSpec,
    /// The line that is crossed.
    pub slow: LineSpec,
    /// Which crossings enter.
    pub direction: Direction,
}

impl EntryRule {
    /// Whether signals of a side enter: the others only close what is open the other way.
    #[must_use]
    pub const fn allows(&self, side: Side) -> bool {
        match self {
            Self::Cross(cross) => cross.direction.allows(side),
            Self::Own(_) | Self::Advised(_) | Self::Copy(_) | Self::When(_) => true,
        }
    }
}

impl IndicatorCross {
    /// The number of bars that both lines need before they may be acted on.
    #[must_use]
    pub fn warmup_bars(&self) -> u32 {
        self.fast.warmup_bars().max(self.slow.warmup_bars())
    }

    /// The crossings both ways as conditions: one on which the rules do not enter may close what is
    /// open.
    #[must_use]
    pub fn signals(&self) -> Signals {
        let line = |line| Operand::Line(LineAt::own(line));
        let to =
            |is| Some(Condition::Test(Test { left: line(self.fast), is, right: line(self.slow) }));
        Signals { buy: to(Relation::CrossesAbove), sell: to(Relation::CrossesBelow) }
    }
}

impl Rules {
    /// The crossing, where the rules read nothing but its two lines.
    #[must_use]
    pub fn plain_crossing(&self) -> Option<&IndicatorCross> {
        match &self.entry {
            EntryRule::Cross(cross)
                if self.measures().next().is_none() && self.exit.conditions.is_none() =>
            {
                Some(cross)
            }
            EntryRule::Cross(_)
            | EntryRule::Own(_)
            | EntryRule::Advised(_)
            | EntryRule::Copy(_)
            | EntryRule::When(_) => None,
        }
    }

    /// Whether anything in them depends on the length of a pip.
    #[must_use]
    pub fn needs_pips(&self) -> bool {
        self.filters.needs_pips()
            || self.exit.needs_pips()
            || self.order.as_ref().is_some_and(|order| order.offset.needs_pips())
            || self
                .risk
                .sizing
                .as_ref()
                .and_then(Sizing::distance)
                .is_some_and(Distance::needs_pips)
    }

    /// The lines that measure distances, and those that filters look at.
    fn measures(&self) -> impl Iterator<Item = &LineAt> {
        let offset = self.order.iter().map(|order| &order.offset);
        let sizing = self.risk.sizing.iter().filter_map(Sizing::distance);
        self.exit
            .distances()
            .chain(offset)
            .chain(sizing)
            .filter_map(Distance::line)
            .chain(self.filters.lines())
    }

    /// The rules as conditions, compiled.
    #[must_use]
    pub fn program(&self) -> Program {
        let exit = self.exit.conditions.as_ref();
        let mut program = match &self.entry {
            EntryRule::Cross(cross) => Program::of(&cross.signals(), exit),
            EntryRule::Own(own) => Program::of_own(&own.lines, exit),
            EntryRule::Advised(advised) => Program::of_own(&advised.lines, exit),
            EntryRule::Copy(_) => Program::of_own(&[], exit),
            EntryRule::When(signals) => Program::of(signals, exit),
        };
        self.measures().for_each(|line| program.read(line));
        program
    }

    /// The number of comparisons and groups in their conditions.
    #[must_use]
    pub fn nodes(&self) -> usize {
        let entry = match &self.entry {
            EntryRule::Cross(cross) => Some(&cross.signals()),
            EntryRule::Own(_) | EntryRule::Advised(_) | EntryRule::Copy(_) => None,
            EntryRule::When(signals) => Some(&**signals),
        };
        let sides = [entry, self.exit.conditions.as_ref()];
        sides.into_iter().flatten().flat_map(Signals::conditions).map(Condition::nodes).sum()
    }

    /// Every line that they read, as often as they name it.
    #[must_use]
    pub fn lines(&self) -> Vec<LineAt> {
        let exit = self.exit.conditions.iter().flat_map(Signals::lines);
        let exit = exit.chain(self.measures()).cloned();
        match &self.entry {
            EntryRule::Cross(IndicatorCross { fast, slow, .. }) => {
                [*fast, *slow].map(LineAt::own).into_iter().chain(exit).collect()
            }
            EntryRule::Own(own) => own.lines.iter().cloned().chain(exit).collect(),
            EntryRule::Advised(advised) => advised.lines.iter().cloned().chain(exit).collect(),
            EntryRule::Copy(_) => exit.collect(),
            EntryRule::When(signals) => signals.lines().cloned().chain(exit).collect(),
        }
    }

    /// How many of the strategy's own closed bars its entries look at, beside what its lines need.
    #[must_use]
    pub fn bars_shown(&self) -> u32 {
        match &self.entry {
            EntryRule::Advised(advised) => advised.bars,
            EntryRule::Cross(_) | EntryRule::Own(_) | EntryRule::Copy(_) | EntryRule::When(_) => 1,
        }
    }

    /// The number of the strategy's own bars that must close before it may act. Lines on other bars
    /// have their own.
    #[must_use]
    pub fn warmup_bars(&self) -> u32 {
        let own = |line: &&LineAt| line.timeframe.is_none() && line.symbol.is_none();
        self.lines().iter().filter(own).map(LineAt::warmup_bars).max().unwrap_or(0)
    }
}

/// The crossings on which a strategy enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Only crossings of the fast line to above the slow one, which buy.
    Above,
    /// Only crossings of the fast line to below the slow one, which sell.
    Below,
    /// Crossings both ways.
    Both,
}

impl Direction {
    /// The word in rules: `above`, `below` or `both`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
            Self::Both => "both",
        }
    }

    /// Whether a crossing that would enter on `side` enters.
    #[must_use]
    pub const fn allows(self, side: Side) -> bool {
        matches!(
            (self, side),
            (Self::Both, _) | (Self::Above, Side::Buy) | (Self::Below, Side::Sell)
        )
    }
}

/// When a position is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// Whether the opposite crossing closes the position.
    pub opposite_signal: OppositeSignal,
    /// Distance of the stop loss from the entry price; none means no stop loss.
    pub stop_loss: Option<Distance>,
    /// Distance of the take profit from the entry price; none means no take profit.
    pub take_profit: Option<TakeProfit>,
    /// The conditions on which buys and sells are closed, apart from the opposite signal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<Signals>,
    /// What becomes of positions while they are open.
    #[serde(default, skip_serializing_if = "Management::is_none")]
    pub management: Management,
}

impl Exit {
    /// Every distance from an entry.
    fn distances(&self) -> impl Iterator<Item = &Distance> {
        let profit = self.take_profit.as_ref().and_then(TakeProfit::distance);
        self.stop_loss.as_ref().into_iter().chain(profit).chain(self.management.distances())
    }

    /// Whether positions are to have a stop loss, from the entry on or later.
    #[must_use]
    pub const fn wants_stop_loss(&self) -> bool {
        let Management { trailing, break_even, .. } = &self.management;
        self.stop_loss.is_some() || trailing.is_some() || break_even.is_some()
    }

    /// Whether a distance depends on the length of a pip.
    #[must_use]
    pub fn needs_pips(&self) -> bool {
        let locks = self.management.break_even.as_ref().is_some_and(|one| one.lock.is_some());
        locks || self.distances().any(Distance::needs_pips)
    }
}

/// What a crossing the other way does to an open position, apart from any entry that it makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OppositeSignal {
    /// It leaves the position open.
    Ignore,
    /// It closes the position.
    Close,
    /// It closes the position and, once nothing is open the other way any more, enters.
    Reverse,
}

/// The risk figures of the rules. Settings override them, and the executor's caps limit both.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RiskRules {
    /// The volume of each entry in lots; none leaves it to the settings or the executor's default.
    pub lots: Option<Volume>,
    /// The largest number of positions open at once; none leaves it to the settings or the
    /// executor's default.
    pub max_open_trades: Option<u32>,
    /// The largest number of positions open at once on one side; none means that only their sum is
    /// limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_per_side: Option<u32>,
    /// How the volume is found from what the account is worth; it goes before `lots`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sizing: Option<Sizing>,
    /// How such volumes shrink with a drawdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scaling: Option<DrawdownScaling>,
    /// The largest accepted deviation of an entry from the price at the decision, in points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_slippage: Option<Points>,
    /// What the strategy may lose and do in a day, and when it rests.
    #[serde(default, skip_serializing_if = "StrategyLimits::is_none")]
    pub limits: StrategyLimits,
}
