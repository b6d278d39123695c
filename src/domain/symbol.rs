//! A symbol's specification: the fields of MT5's `symbol_info()` on which a decision or a sum
//! depends.

use crate::domain::amount::{Pips, Points, Price, Volume};
use crate::domain::decimal::pow10;
use crate::domain::order::{FillingMode, OrderKind, Side};
use crate::domain::swap::SwapTerms;
use crate::domain::time::ServerMsc;
use serde::{Deserialize, Serialize};

/// `trade_exemode`: how the broker prices a market order.
///
/// ```
/// use tickdeck::domain::order::FillingMode;
/// use tickdeck::domain::symbol::ExecutionMode;
/// use tickdeck::domain::symbols_builtin::builtin;
/// let mut spec = builtin("EURUSD").unwrap();
/// spec.filling_mask = 1;
/// assert_eq!(spec.filling_modes(), [FillingMode::Fok]);
/// // Orders of instant execution may have any filling mode, whatever the mask says.
/// spec.execution = ExecutionMode::Instant;
/// assert_eq!(spec.filling_modes(), [FillingMode::Fok, FillingMode::Ioc, FillingMode::Return]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionMode {
    /// The client requests a price first, then accepts or declines it.
    Request,
    /// At the requested price within the deviation, else a requote.
    Instant,
    /// At the broker's price; price and deviation of the request do not count.
    Market,
    /// At the exchange's price.
    Exchange,
}

/// `trade_mode`: which trades the broker allows on a symbol.
///
/// ```
/// use tickdeck::domain::order::Side;
/// use tickdeck::domain::symbol::TradeMode;
/// assert!(TradeMode::LongOnly.allows_entry(Side::Buy) && !TradeMode::LongOnly.allows_entry(Side::Sell));
/// assert!(!TradeMode::CloseOnly.allows_entry(Side::Buy));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TradeMode {
    /// No trade at all.
    Disabled,
    /// Opening long positions, and closing.
    LongOnly,
    /// Opening short positions, and closing.
    ShortOnly,
    /// Closing only.
    CloseOnly,
    /// Opening and closing on both sides.
    Full,
}

impl TradeMode {
    /// Whether a position of `side` may be opened.
    #[must_use]
    pub const fn allows_entry(self, side: Side) -> bool {
        matches!(
            (self, side),
            (Self::Full, _) | (Self::LongOnly, Side::Buy) | (Self::ShortOnly, Side::Sell)
        )
    }
}

/// `trade_calc_mode`: how profit and margin are computed (MT5 reference 5.1, 5.2). Other modes of
/// MT5 are refused when a specification is read, until they are modelled.
///
/// ```
/// use tickdeck::domain::symbol::CalcMode;
/// use tickdeck::domain::{money, symbols_builtin::builtin};
/// let mut spec = builtin("EURUSD").unwrap();
/// spec.calc_mode = CalcMode::ForexNoLeverage;
/// // One lot is 100,000 EUR, and the leverage of the account does not count.
/// assert_eq!(money::margin(&spec, "1".parse()?, "1.17".parse()?, 500), Some("100000".parse()?));
/// # Ok::<(), tickdeck::domain::decimal::DecimalError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalcMode {
    /// Mode 0: profit rounded leg by leg, margin from the contract size and the leverage.
    Forex,
    /// Mode 5: as Forex, with margin regardless of the leverage.
    ForexNoLeverage,
    /// Mode 2: profit from the price difference, margin from the price regardless of the leverage.
    Cfd,
    /// Mode 4: as CFD, with margin divided by the leverage.
    CfdLeverage,
}

/// A symbol's specification, as `symbol_info()` reports it. [`SymbolSpec::flaw`] says whether it
/// can be used.
///
/// ```
/// use tickdeck::domain::amount::Volume;
/// use tickdeck::domain::symbol::SymbolSpec;
/// use tickdeck::domain::symbols_builtin::builtin;
/// let mut spec: SymbolSpec = builtin("EURUSD").unwrap();
/// assert_eq!(spec.point().to_string(), "0.00001");
/// assert!(spec.accepts_volume("0.01".parse()?) && !spec.accepts_volume("0.015".parse()?));
/// assert_eq!(spec.flaw(), None);
/// spec.volume_step = Volume::ZERO;
/// assert!(spec.flaw().is_some_and(|flaw| flaw.contains("volume_step")));
/// # Ok::<(), tickdeck::domain::decimal::DecimalError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SymbolSpec {
    /// The broker's name with any suffix, such as `EURUSD.m`.
    pub name: String,
    /// Digits after the point of a price, 0 to 9; a point is 10^-digits.
    pub digits: u32,
    /// The smallest step between two prices: a whole number of points.
    pub tick_size: Price,
    /// Units of the base in one lot: 100,000 for Forex, 100 ounces for gold.
    pub contract_size: u32,
    /// How profit and margin are computed.
    pub calc_mode: CalcMode,
    /// How the broker prices a market order.
    pub execution: ExecutionMode,
    /// Which trades are allowed.
    pub trade_mode: TradeMode,
    /// The least distance between the market and a stop or pending order; 0 means no limit.
    pub stops_level: Points,
    /// While the market is within this distance of a pending order's price or of a position's stop,
    /// the order or position cannot be changed, removed or closed by request; 0 means no limit.
    pub freeze_level: Points,
    /// `filling_mode`: a mask of the allowed modes, FOK 1 and IOC 2 (not the numbers that an order
    /// carries).
    pub filling_mask: u32,
    /// The smallest volume of an order, in lots.
    pub volume_min: Volume,
    /// The largest volume of an order, in lots.
    pub volume_max: Volume,
    /// The step of volumes, in lots: an order's volume is a whole number of steps.
    pub volume_step: Volume,
    /// Margin of one lot in the margin currency, used in place of the formula; 0 means that the
    /// formula holds.
    pub margin_initial: Price,
    /// The base currency, `EUR` of `EURUSD`.
    pub currency_base: String,
    /// The currency in which profit arises before conversion, `USD` of `EURUSD`.
    pub currency_profit: String,
    /// The currency in which margin is computed before conversion, `EUR` of `EURUSD`.
    pub currency_margin: String,
    /// The length of a pip where the digits do not imply it (metals, indices); none leaves it to
    /// [`SymbolSpec::pip_size`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pip: Option<Price>,
    /// `volume_limit`: the largest total volume, in lots, of positions and pending orders in one
    /// direction; none means no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_limit: Option<Volume>,
    /// `order_mode`: which kinds of orders the symbol accepts; all when a file leaves it out.
    #[serde(default, skip_serializing_if = "OrderModes::are_all")]
    pub order_mode: OrderModes,
    /// When the symbol trades, by the server's clock; without any it always trades. MT5's Python
    /// module does not report them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<TradeSession>,
    /// What positions cost or earn overnight; none when it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swap: Option<SwapTerms>,
}

/// `order_mode`: which kinds of orders and stops a symbol accepts, as MT5's mask: market 1, limit
/// 2, stop 4, stop-limit 8, stop loss 16, take profit 32, close-by 64 (MT5 reference 3.1).
///
/// ```
/// use tickdeck::domain::order::{OrderKind, Side};
/// use tickdeck::domain::symbol::OrderModes;
/// // Market and limit orders, with a stop loss.
/// let modes = OrderModes(1 | 2 | 16);
/// assert!(modes.allows(OrderKind::Limit(Side::Buy)) && !modes.allows(OrderKind::Stop(Side::Buy)));
/// assert!(modes.allow_sl() && !modes.allow_tp());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderModes(pub u32);

impl Default for OrderModes {
    fn default() -> Self {
        Self::ALL
    }
}

impl OrderModes {
    /// Every kind of order and stop.
    pub const ALL: Self = Self(127);
    const SL: u32 = 16;
    const TP: u32 = 32;

    /// Whether the symbol accepts orders of this kind.
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

    /// Whether the symbol accepts a stop loss.
    #[must_use]
    pub const fn allow_sl(self) -> bool {
        self.0 & Self::SL != 0
    }

    /// Whether the symbol accepts a take profit.
    #[must_use]
    pub const fn allow_tp(self) -> bool {
        self.0 & Self::TP != 0
    }

    /// Whether every kind is accepted: the default that files leave out.
    #[must_use]
    pub const fn are_all(&self) -> bool {
        self.0 == Self::ALL.0
    }
}

/// A span of one weekday in which a symbol trades, by the server's clock.
///
/// ```
/// use tickdeck::domain::symbol::TradeSession;
/// // Friday from 22:00 to 01:00 on Saturday.
/// let session = TradeSession { day: 5, from_minute: 22 * 60, to_minute: 25 * 60 };
/// assert!(session.contains("2025-09-26 22:00".parse()?));
/// assert!(session.contains("2025-09-27 00:59".parse()?));
/// assert!(!session.contains("2025-09-27 01:00".parse()?));
/// # Ok::<(), tickdeck::domain::time::ServerTimeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TradeSession {
    /// The weekday on which the session begins: 0 is Sunday, 6 is Saturday.
    pub day: u8,
    /// The first minute of trading, counted from midnight: 0 to 1439.
    pub from_minute: u16,
    /// The first minute without trading, counted from the same midnight: 1440 is the next midnight,
    /// and more runs into the next day.
    pub to_minute: u16,
}

impl TradeSession {
    const MINUTE_MS: i64 = 60_000;
    const DAY_MS: i64 = 1_440 * Self::MINUTE_MS;

    /// Whether the session contains a moment, in any week.
    #[must_use]
    pub const fn contains(&self, time_msc: ServerMsc) -> bool {
        // 1970-01-01 was a Thursday.
        let week = 7 * Self::DAY_MS;
        let in_week = (time_msc.0 + 4 * Self::DAY_MS).rem_euclid(week);
        let from = self.day as i64 * Self::DAY_MS + self.from_minute as i64 * Self::MINUTE_MS;
        let to = self.day as i64 * Self::DAY_MS + self.to_minute as i64 * Self::MINUTE_MS;
        (in_week >= from && in_week < to) || (in_week + week >= from && in_week + week < to)
    }
}

/// The largest tick size that is accepted: thousands of such steps still fit into a price.
const TICK_SIZE_MOST: Price = Price::from_raw(1_000_000 * pow10(Price::SCALE));

impl SymbolSpec {
    /// The size of a point: 10^-digits.
    #[must_use]
    pub const fn point(&self) -> Price {
        Price::from_raw(pow10(Price::SCALE - self.digits))
    }

    /// The same specification with other digits. Its tick size becomes one point, as with most
    /// symbols. None when a price cannot have so many digits.
    #[must_use]
    pub fn with_digits(self, digits: u32) -> Option<Self> {
        let scale = Price::SCALE.checked_sub(digits)?;
        Some(Self { digits, tick_size: Price::from_raw(pow10(scale)), ..self })
    }

    /// The length of a pip as a price: the stated one, else ten points with 3 or 5 digits and one
    /// point with 2 or 4 (executor 3.4). None for other digits.
    #[must_use]
    pub const fn pip_size(&self) -> Option<Price> {
        match (self.pip, self.digits) {
            (Some(pip), _) => Some(pip),
            (None, 3 | 5) => Some(Price::from_raw(self.point().raw() * 10)),
            (None, 2 | 4) => Some(self.point()),
            (None, _) => None,
        }
    }

    /// Converts pips to a price distance; none when the symbol has no pip or the result does not
    /// fit.
    #[must_use]
    pub fn pips(&self, pips: Pips) -> Option<Price> {
        let raw = i128::from(pips.raw()) * i128::from(self.pip_size()?.raw());
        i64::try_from(crate::domain::decimal::div_round(raw, i128::from(pow10(Pips::SCALE))))
            .ok()
            .map(Price::from_raw)
    }

    /// Converts points to a price distance.
    #[must_use]
    pub const fn points(&self, points: Points) -> Price {
        Price::from_raw(points.0 * self.point().raw())
    }

    /// The filling modes that the symbol accepts for a market order, the preferred one first (MT5
    /// reference 3.3). It may be empty.
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

    /// Whether the symbol trades at a moment by its sessions; always when it has none.
    #[must_use]
    pub fn trades_at(&self, time_msc: ServerMsc) -> bool {
        self.sessions.is_empty() || self.sessions.iter().any(|session| session.contains(time_msc))
    }

    /// Whether a market order of `volume` is within minimum, maximum and step.
    #[must_use]
    pub fn accepts_volume(&self, volume: Volume) -> bool {
        volume >= self.volume_min
            && volume <= self.volume_max
            && volume.is_multiple_of(self.volume_step)
    }

    /// What makes the specification unusable, as a phrase that names the field; none when it is
    /// sound.
    #[must_use]
    pub fn flaw(&self) -> Option<&'static str> {
        if self.digits > Price::SCALE {
            Some("digits must be 0 to 9")
        } else if self.tick_size <= Price::ZERO || self.tick_size > TICK_SIZE_MOST {
            Some("tick_size must be above 0 and not above 1000000")
        } else if self.tick_size.raw() % self.point().raw() != 0 {
            Some(
                "tick_size must be a whole number of points, which digits say: prices have no more digits",
            )
        } else if self.contract_size == 0 {
            Some("contract_size must be above 0")
        } else if self.volume_step <= Volume::ZERO
            || self.volume_min <= Volume::ZERO
            || self.volume_max < self.volume_min
        {
            Some("volume_min, volume_max and volume_step must be above 0 and in order")
        } else if self.stops_level.0 < 0 || self.freeze_level.0 < 0 {
            Some("stops_level and freeze_level must not be negative")
        } else if self.stops_level > Points::MOST || self.freeze_level > Points::MOST {
            Some("stops_level and freeze_level must not be above 1000000 points")
        } else if self.pip.is_some_and(|pip| pip <= Price::ZERO) {
            Some("pip must be above 0")
        } else if self.volume_limit.is_some_and(|limit| limit <= Volume::ZERO) {
            Some("volume_limit must be above 0, or left out")
        } else if self.sessions.iter().any(|one| {
            one.day > 6
                || one.from_minute >= 1_440
                || one.to_minute <= one.from_minute
                || one.to_minute > 2_880
        }) {
            Some("sessions must name days 0 to 6 and minutes from 0 to 2880 in order")
        } else {
            self.swap.and_then(|swap| swap.flaw())
        }
    }
}
