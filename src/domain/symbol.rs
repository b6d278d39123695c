//! A symbol's specification: the fields of MT5's `symbol_info()` on which a decision or a sum depends.

use crate::domain::amount::{Pips, Points, Price, Volume};
use crate::domain::decimal::pow10;
use crate::domain::order::{FillingMode, OrderKind, Side};
use crate::domain::time::ServerMsc;
use serde::{Deserialize, Serialize};

/// `trade_exemode`: how the broker prices a market order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionMode {
    /// The price is asked for first.
    Request,
    /// At the price asked, within the deviation, or a requote.
    Instant,
    /// At the broker's price.
    Market,
    /// At the exchange's price.
    Exchange,
}

/// `trade_mode`: what may be done with a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TradeMode {
    /// Nothing.
    Disabled,
    /// Opening buys, and closing.
    LongOnly,
    /// Opening sells, and closing.
    ShortOnly,
    /// Closing.
    CloseOnly,
    /// Everything.
    Full,
}

impl TradeMode {
    /// Whether a position of `side` may be opened.
    #[must_use]
    pub const fn allows_entry(self, side: Side) -> bool {
        matches!((self, side), (Self::Full, _) | (Self::LongOnly, Side::Buy) | (Self::ShortOnly, Side::Sell))
    }
}

/// `trade_calc_mode`: how profit and margin are computed (MT5 reference 5.1, 5.2). Other modes of MT5 are refused when
/// a specification is read, until they are modelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalcMode {
    /// Mode 0.
    Forex,
    /// Mode 5.
    ForexNoLeverage,
    /// Mode 2.
    Cfd,
    /// Mode 4.
    CfdLeverage,
}

/// A symbol's specification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SymbolSpec {
    /// MT5's name, suffix and all.
    pub name: String,
    /// Digits after the point; a point is 10^-digits.
    pub digits: u32,
    /// Smallest step of a price.
    pub tick_size: Price,
    /// Units of the base in one lot.
    pub contract_size: u32,
    /// How profit and margin are computed.
    pub calc_mode: CalcMode,
    /// How a market order is priced.
    pub execution: ExecutionMode,
    /// What may be done.
    pub trade_mode: TradeMode,
    /// Least distance of a stop from the market; 0 is none.
    pub stops_level: Points,
    /// Inside this distance nothing can be changed; 0 is none.
    pub freeze_level: Points,
    /// `filling_mode`: a mask, FOK 1, IOC 2 (not the numbers that an order carries).
    pub filling_mask: u32,
    /// Smallest volume of an order.
    pub volume_min: Volume,
    /// Largest volume of an order.
    pub volume_max: Volume,
    /// Step of volumes.
    pub volume_step: Volume,
    /// Money per lot instead of the margin formula; 0 is none.
    pub margin_initial: Price,
    /// `currency_base`.
    pub currency_base: String,
    /// Currency in which profit arises.
    pub currency_profit: String,
    /// Currency in which margin is counted.
    pub currency_margin: String,
    /// Length of a pip where the rule of digits does not say it (metals, indices).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pip: Option<Price>,
    /// `volume_limit`: most volume of positions and pending orders in one direction; none is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_limit: Option<Volume>,
    /// `order_mode`: which orders are taken, all where absent.
    #[serde(default, skip_serializing_if = "OrderModes::are_all")]
    pub order_mode: OrderModes,
    /// When it trades, by the server's clock; always where there are none. MT5's Python module does not tell them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<TradeSession>,
}

/// `order_mode`: which kinds of orders and stops a symbol takes, as a mask (MT5 reference 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderModes(pub u32);

impl Default for OrderModes {
    fn default() -> Self {
        Self::ALL
    }
}

impl OrderModes {
    /// Everything.
    pub const ALL: Self = Self(127);
    const SL: u32 = 16;
    const TP: u32 = 32;

    /// Whether an order of this kind is taken.
    #[must_use]
    pub const fn allows(self, kind: OrderKind) -> bool {
        let bit = match kind {
            OrderKind::Market(_) => 1,
            OrderKind::Limit(_) => 2,
            OrderKind::Stop(_) => 4,
            OrderKind::StopLimit(_) => 8,
            OrderKind::CloseBy => 64,
        };
        self.0 & bit != 0
    }

    /// Whether stop losses are taken.
    #[must_use]
    pub const fn allow_sl(self) -> bool {
        self.0 & Self::SL != 0
    }

    /// Whether take profits are taken.
    #[must_use]
    pub const fn allow_tp(self) -> bool {
        self.0 & Self::TP != 0
    }

    /// Whether it is what files leave out.
    #[must_use]
    pub const fn are_all(&self) -> bool {
        self.0 == Self::ALL.0
    }
}

/// A span of one weekday in which a symbol trades, by the server's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TradeSession {
    /// 0 is Sunday, 6 Saturday.
    pub day: u8,
    /// First minute of the day in which it trades.
    pub from_minute: u16,
    /// First minute in which it no longer does; 1440 is midnight, more runs into the next day.
    pub to_minute: u16,
}

impl TradeSession {
    const MINUTE_MSC: i64 = 60_000;
    const DAY_MSC: i64 = 1_440 * Self::MINUTE_MSC;

    /// Whether a moment lies in it.
    #[must_use]
    pub const fn contains(&self, time_msc: ServerMsc) -> bool {
        // 1970-01-01 was a Thursday.
        let week = 7 * Self::DAY_MSC;
        let in_week = (time_msc.0 + 4 * Self::DAY_MSC).rem_euclid(week);
        let from = self.day as i64 * Self::DAY_MSC + self.from_minute as i64 * Self::MINUTE_MSC;
        let to = self.day as i64 * Self::DAY_MSC + self.to_minute as i64 * Self::MINUTE_MSC;
        (in_week >= from && in_week < to) || (in_week + week >= from && in_week + week < to)
    }
}

/// The largest step of a price that is taken: thousands of them are still a price.
const TICK_SIZE_MOST: Price = Price::from_raw(1_000_000 * pow10(Price::SCALE));

impl SymbolSpec {
    /// The size of a point: 10^-digits.
    #[must_use]
    pub const fn point(&self) -> Price {
        Price::from_raw(pow10(Price::SCALE - self.digits))
    }

    /// The size of a pip: as stated, else ten points on 3 and 5 digits and one on 2 and 4 (executor 3.4). None when
    /// nothing says it.
    #[must_use]
    pub const fn pip_size(&self) -> Option<Price> {
        match (self.pip, self.digits) {
            (Some(pip), _) => Some(pip),
            (None, 3 | 5) => Some(Price::from_raw(self.point().raw() * 10)),
            (None, 2 | 4) => Some(self.point()),
            (None, _) => None,
        }
    }

    /// A distance in pips as a distance of prices; none when the symbol has no pip or the product does not fit.
    #[must_use]
    pub fn pips(&self, pips: Pips) -> Option<Price> {
        let raw = i128::from(pips.raw()) * i128::from(self.pip_size()?.raw());
        i64::try_from(crate::domain::decimal::div_round(raw, i128::from(pow10(Pips::SCALE)))).ok().map(Price::from_raw)
    }

    /// A number of points as a distance of prices.
    #[must_use]
    pub const fn points(&self, points: Points) -> Price {
        Price::from_raw(points.0 * self.point().raw())
    }

    /// The filling modes that the symbol takes for a market order, the preferred first (MT5 reference 3.3).
    #[must_use]
    pub fn filling_modes(&self) -> Vec<FillingMode> {
        let mut modes = Vec::with_capacity(3);
        let always = matches!(self.execution, ExecutionMode::Instant | ExecutionMode::Request);
        if always || self.filling_mask & 1 != 0 {
            modes.push(FillingMode::Fok);
        }
        if always || self.filling_mask & 2 != 0 {
            modes.push(FillingMode::Ioc);
        }
        if self.execution != ExecutionMode::Market {
            modes.push(FillingMode::Return);
        }
        modes
    }

    /// Whether the symbol trades at a moment, by its sessions.
    #[must_use]
    pub fn trades_at(&self, time_msc: ServerMsc) -> bool {
        self.sessions.is_empty() || self.sessions.iter().any(|session| session.contains(time_msc))
    }

    /// Whether a market order of `volume` is within minimum, maximum and step.
    #[must_use]
    pub fn accepts_volume(&self, volume: Volume) -> bool {
        volume >= self.volume_min && volume <= self.volume_max && volume.is_multiple_of(self.volume_step)
    }

    /// What makes the specification unusable, in one phrase; none when it is sound.
    #[must_use]
    pub fn flaw(&self) -> Option<&'static str> {
        if self.digits > Price::SCALE {
            Some("digits must be 0 to 9")
        } else if self.tick_size <= Price::ZERO || self.tick_size > TICK_SIZE_MOST {
            Some("tick_size must be above 0 and not above 1000000")
        } else if self.tick_size.raw() % self.point().raw() != 0 {
            Some("tick_size must be a whole number of points, which digits say: prices have no more digits")
        } else if self.contract_size == 0 {
            Some("contract_size must be above 0")
        } else if self.volume_step <= Volume::ZERO || self.volume_min <= Volume::ZERO || self.volume_max < self.volume_min {
            Some("volume_min, volume_max and volume_step must be above 0 and in order")
        } else if self.stops_level.0 < 0 || self.freeze_level.0 < 0 {
            Some("stops_level and freeze_level must not be negative")
        } else if self.stops_level > Points::MOST || self.freeze_level > Points::MOST {
            Some("stops_level and freeze_level must not be above 1000000 points")
        } else if self.pip.is_some_and(|pip| pip <= Price::ZERO) {
            Some("pip must be above 0")
        } else if self.volume_limit.is_some_and(|limit| limit <= Volume::ZERO) {
            Some("volume_limit must be above 0, or left out")
        } else if self
            .sessions
            .iter()
            .any(|one| one.day > 6 || one.from_minute >= 1_440 || one.to_minute <= one.from_minute || one.to_minute > 2_880)
        {
            Some("sessions must name days 0 to 6 and minutes from 0 to 2880 in order")
        } else {
            None
        }
    }
}
