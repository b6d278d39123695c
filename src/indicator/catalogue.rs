//! The registry: one row for each indicator. A new indicator is a file, its `mod` line, and its row
//! here.

use crate::domain::flaw::Checked;
use crate::indicator::adr::Adr;
use crate::indicator::adx::{Adx, TalibAdx, WilderAdx};
use crate::indicator::applied_price::AppliedPrice;
use crate::indicator::atr::{Atr, WilderAtr};
use crate::indicator::bands::Bands;
use crate::indicator::cci::Cci;
use crate::indicator::dema::{Dema, Tema};
use crate::indicator::demarker::DeMarker;
use crate::indicator::deviation::{Center, StdDev};
use crate::indicator::donchian::Donchian;
use crate::indicator::ema::{Ema, SeededEma};
use crate::indicator::fair_value_gap::FairValueGap;
use crate::indicator::highest_lowest::HighestLowest;
use crate::indicator::ichimoku::Ichimoku;
use crate::indicator::keltner::Keltner;
use crate::indicator::lwma::Lwma;
use crate::indicator::macd::{Macd, TalibMacd};
use crate::indicator::mfi::Mfi;
use crate::indicator::momentum::Momentum;
use crate::indicator::obv::Obv;
use crate::indicator::parameter::{PERIOD_MAX, Parameter, Parameters};
use crate::indicator::pivots::Pivots;
use crate::indicator::plain::{PlainPrice, PlainVolume};
use crate::indicator::row::{LINES_MAX, Line, MAIN, Row, line};
use crate::indicator::rsi::Rsi;
use crate::indicator::sar::Sar;
use crate::indicator::sma::Sma;
use crate::indicator::smma::Smma;
use crate::indicator::sound::{Sound, other_kind, part};
use crate::indicator::stochastic::{PriceField, Stochastic, TalibStochastic};
use crate::indicator::swing_line::SwingLine;
use crate::indicator::swing_points::SwingPoints;
use crate::indicator::volume_average::VolumeAverage;
use crate::indicator::vwap::Vwap;
use crate::indicator::williams::Williams;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// The values of an indicator's lines at a bar, in the order of its row.
pub type Values = [Option<f64>; LINES_MAX];

/// Declares the indicators: for each its row, the construction of its state (from the figures `p`),
/// and how it takes a bar (its applied price is `price`).
macro_rules! catalogue {
    ($($kind:ident($state:ty) {
        row: $row:expr,
        new: |$p:ident| $new:expr,
        push: |$it:ident, $bar:ident, $price:ident| $push:expr,
    })*) => {
        /// An indicator of the registry, without its figures.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the rows say what they are")]
        pub enum IndicatorKind {
            $($kind,)*
        }

        impl IndicatorKind {
            /// All indicators, in the order of the registry.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The indicator's row: names, lines, figures, applied price and warm-up.
            #[must_use]
            pub const fn row(self) -> &'static Row {
                match self {
                    $(Self::$kind => {
                        const ROW: &Row = &$row;
                        const { assert!(ROW.lines.len() <= LINES_MAX) };
                        ROW
                    })*
                }
            }
        }

        /// The running state of any indicator of the registry.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "the rows say what they are")]
        pub enum State {
            $($kind($state),)*
        }

        impl Sound for State {
            fn check(&self, fresh: &Self) -> Checked {
                match (self, fresh) {
                    $((Self::$kind(own), Self::$kind(fresh)) => part(&snake_case(stringify!($kind)), own, fresh),)*
                    _ => Err(other_kind()),
                }
            }
        }

        impl State {
            /// A new state that has seen no bar.
            #[must_use]
            pub fn new(kind: IndicatorKind, parameters: &Parameters) -> Self {
                match kind {
                    $(IndicatorKind::$kind => {
                        let $p = parameters;
                        Self::$kind($new)
                    })*
                }
            }

            /// Takes a closed bar and returns the values of the lines.
            pub fn push(&mut self, bar: &Bar, price: AppliedPrice) -> Values {
                match self {
                    $(Self::$kind($it) => {
                        let ($bar, $price) = (bar, price);
                        Values::of($push)
                    })*
                }
            }
        }
    };
}

/// The name of a kind in a written state.
fn snake_case(kind: &str) -> String {
    let apart = |(place, letter): (usize, char)| {
        [
            Some('_').filter(|_| place > 0 && letter.is_uppercase()),
            Some(letter.to_ascii_lowercase()),
        ]
    };
    kind.char_indices().flat_map(apart).flatten().collect()
}

/// The result of an indicator, in the form common to all.
trait Of<T> {
    fn of(given: T) -> Self;
}

impl Of<Option<f64>> for Values {
    fn of(given: Option<f64>) -> Self {
        Self::of([given])
    }
}

impl<const N: usize> Of<[Option<f64>; N]> for Values {
    fn of(given: [Option<f64>; N]) -> Self {
        let mut values = [None; LINES_MAX];
        values[..N].copy_from_slice(&given);
        values
    }
}

const PERIOD: Parameter = Parameter::period("period");
const BARS: Option<AppliedPrice> = None;
const MACD: &[Line] = &[MAIN, line("signal"), Line { name: "histogram", aliases: &["hist"] }];
const MACD_PERIODS: &[Parameter] = &[
    Parameter::period("fast").or(12),
    Parameter::period("slow").or(26),
    Parameter::period("signal").or(9),
];
const STOCHASTIC: &[Line] =
    &[Line { name: "k", aliases: &["main"] }, Line { name: "d", aliases: &["signal"] }];
const STOCHASTIC_PERIODS: &[Parameter] = &[
    Parameter::period("k").or(14),
    Parameter::period("d").or(3),
    Parameter::period("slowing").or(3),
];
const ADX: &[Line] = &[
    MAIN,
    Line { name: "plus", aliases: &["plus_di", "di_plus"] },
    Line { name: "minus", aliases: &["minus_di", "di_minus"] },
];
const BANDS: &[Line] = &[line("upper"), Line { name: "middle", aliases: &["base"] }, line("lower")];

const SAR: &[Parameter] =
    &[Parameter::factor("step", 20_000, 1), Parameter::factor("maximum", 200_000, 1)];
const ICHIMOKU_PERIODS: &[Parameter] = &[
    Parameter::period("tenkan").or(9),
    Parameter::period("kijun").or(26),
    Parameter::period("senkou").or(52),
];
const ICHIMOKU: &[Line] = &[
    Line { name: "tenkan", aliases: &["tenkan_sen", "conversion"] },
    Line { name: "kijun", aliases: &["kijun_sen", "base"] },
    Line { name: "senkou_a", aliases: &["span_a"] },
    Line { name: "senkou_b", aliases: &["span_b"] },
];
const PIVOT: &[Line] =
    &[MAIN, line("r1"), line("r2"), line("r3"), line("s1"), line("s2"), line("s3")];
const SWING_LINE: &[Line] =
    &[Line { name: "main", aliases: &["value"] }, line("direction"), line("trend")];
const GAP: &[Line] =
    &[line("bull_top"), line("bull_bottom"), line("bear_top"), line("bear_bottom")];
const KELTNER: &[Parameter] = &[
    PERIOD.or(20),
    Parameter::period("atr").or(10),
    Parameter::factor("factor", 2_000_000, 1_000),
];

/// The warm-up of an average and of the line that follows it.
fn macd_warmup(p: &Parameters) -> u32 {
    5 * p.whole(0).max(p.whole(1)) + p.whole(2)
}

/// The first bar on which %D is defined.
fn stochastic_warmup(p: &Parameters) -> u32 {
    p.whole(0) + p.whole(1) + p.whole(2) - 2
}

catalogue! {
    Ema(Ema) {
        row: Row::average("ema").recursive(),
        new: |p| Ema::new(p.whole(0)),
        push: |it, bar, price| it.push(price.of(bar).to_f64()),
    }
    EmaTalib(SeededEma) {
        row: Row::average("ema_talib").recursive(),
        new: |p| SeededEma::new(p.whole(0)),
        push: |it, bar, price| it.push(price.of(bar).to_f64()),
    }
    Sma(Sma) {
        row: Row::average("sma"),
        new: |p| Sma::new(p.whole(0)),
        push: |it, bar, price| it.push(price.of(bar)),
    }
    Smma(Smma) {
        row: Row::average("smma").also(&["rma"]).recursive(),
        new: |p| Smma::new(p.whole(0)),
        push: |it, bar, price| it.push(price.of(bar).to_f64()),
    }
    Lwma(Lwma) {
        row: Row::average("lwma").also(&["wma"]),
        new: |p| Lwma::new(p.whole(0)),
        push: |it, bar, price| it.push(price.of(bar)),
    }
    Dema(Dema) {
        row: Row::average("dema").recursive(),
        new: |p| Dema::new(p.whole(0)),
        push: |it, bar, price| it.push(price.of(bar).to_f64()),
    }
    Tema(Tema) {
        row: Row::average("tema").recursive(),
        new: |p| Tema::new(p.whole(0)),
        push: |it, bar, price| it.push(price.of(bar).to_f64()),
    }
    Rsi(Rsi) {
        row: Row::average("rsi").with(&[PERIOD.or(14)]).recursive(),
        new: |p| Rsi::new(p.whole(0)),
        push: |it, bar, price| it.push(price.of(bar).to_f64()),
    }
    RsiTalib(Rsi) {
        row: Row::average("rsi_talib").with(&[PERIOD.or(14)]).recursive(),
        new: |p| Rsi::talib(p.whole(0)),
        push: |it, bar, price| it.push(price.of(bar).to_f64()),
    }
    Atr(Atr) {
        row: Row::average("atr").with(&[PERIOD.or(14)]).of(BARS),
        new: |p| Atr::new(p.whole(0)),
        push: |it, bar, _price| it.push(bar),
    }
    AtrWilder(WilderAtr) {
        row: Row::average("atr_wilder").also(&["atr_talib"]).with(&[PERIOD.or(14)]).of(BARS).recursive(),
        new: |p| WilderAtr::new(p.whole(0)),
        push: |it, bar, _price| it.push(bar),
    }
    Bands(Bands) {
        row: Row::average("bands")
            .also(&["bb", "bollinger"])
            .drawing(BANDS)
            .with(&[PERIOD.or(20), Parameter::factor("deviation", 2_000_000, 1_000)]),
        new: |p| Bands::new(p.whole(0), p.factor(1)),
        push: |it, bar, price| it.push(price.of(bar)),
    }
    StdDev(StdDev) {
        row: Row::average("stddev").with(&[PERIOD.or(20)]),
        new: |p| StdDev::new(p.whole(0), Center::Sma),
        push: |it, bar, price| it.push(price.of(bar)),
    }
    StdDevEma(StdDev) {
        row: Row::average("stddev_ema").with(&[PERIOD.or(20)]).recursive(),
        new: |p| StdDev::new(p.whole(0), Center::Ema(Ema::new(p.whole(0)))),
        push: |it, bar, price| it.push(price.of(bar)),
    }
    StdDevSmma(StdDev) {
        row: Row::average("stddev_smma").with(&[PERIOD.or(20)]).recursive(),
        new: |p| StdDev::new(p.whole(0), Center::Smma(Smma::new(p.whole(0)))),
        push: |it, bar, price| it.push(price.of(bar)),
    }
    StdDevLwma(StdDev) {
        row: Row::average("stddev_lwma").with(&[PERIOD.or(20)]),
        new: |p| StdDev::new(p.whole(0), Center::Lwma(Lwma::new(p.whole(0)))),
        push: |it, bar, price| it.push(price.of(bar)),
    }
    Macd(Macd) {
        row: Row::average("macd").drawing(MACD).with(MACD_PERIODS).warm_after(macd_warmup),
        new: |p| Macd::new(p.whole(0), p.whole(1), p.whole(2)),
        push: |it, bar, price| it.push(price.of(bar).to_f64()),
    }
    MacdTalib(TalibMacd) {
        row: Row::average("macd_talib").also(&["macd_ema"]).drawing(MACD).with(MACD_PERIODS).warm_after(macd_warmup),
        new: |p| TalibMacd::new(p.whole(0), p.whole(1), p.whole(2)),
        push: |it, bar, price| it.push(price.of(bar).to_f64()),
    }
    Stochastic(Stochastic) {
        row: Row::average("stochastic")
            .also(&["stoch"])
            .drawing(STOCHASTIC)
            .with(STOCHASTIC_PERIODS)
            .of(BARS)
            .warm_after(stochastic_warmup),
        new: |p| Stochastic::new(p.whole(0), p.whole(1), p.whole(2), PriceField::LowHigh),
        push: |it, bar, _price| it.push(bar),
    }
    StochasticClose(Stochastic) {
        row: Row::average("stochastic_close")
            .also(&["stoch_close"])
            .drawing(STOCHASTIC)
            .with(STOCHASTIC_PERIODS)
            .of(BARS)
            .warm_after(stochastic_warmup),
        new: |p| Stochastic::new(p.whole(0), p.whole(1), p.whole(2), PriceField::CloseClose),
        push: |it, bar, _price| it.push(bar),
    }
    StochasticTalib(TalibStochastic) {
        row: Row::average("stochastic_talib")
            .also(&["stoch_talib"])
            .drawing(STOCHASTIC)
            .with(STOCHASTIC_PERIODS)
            .of(BARS)
            .warm_after(stochastic_warmup),
        new: |p| TalibStochastic::new(p.whole(0), p.whole(1), p.whole(2)),
        push: |it, bar, _price| it.push(bar),
    }
    Adx(Adx) {
        row: Row::average("adx").drawing(ADX).with(&[PERIOD.or(14)]).of(BARS).recursive(),
        new: |p| Adx::new(p.whole(0)),
        push: |it, bar, _price| it.push(bar),
    }
    AdxWilder(WilderAdx) {
        row: Row::average("adx_wilder").also(&["adxw"]).drawing(ADX).with(&[PERIOD.or(14)]).of(BARS).recursive(),
        new: |p| WilderAdx::new(p.whole(0)),
        push: |it, bar, _price| it.push(bar),
    }
    AdxTalib(TalibAdx) {
        row: Row::average("adx_talib").drawing(ADX).with(&[PERIOD.or(14).at_least(2)]).of(BARS).recursive(),
        new: |p| TalibAdx::new(p.whole(0)),
        push: |it, bar, _price| it.push(bar),
    }
    Cci(Cci) {
        row: Row::average("cci").with(&[PERIOD.or(20)]).of(Some(AppliedPrice::Typical)),
        new: |p| Cci::new(p.whole(0)),
        push: |it, bar, price| it.push(price.of(bar)),
    }
    Williams(Williams) {
        row: Row::average("williams").also(&["wpr", "williams_r", "percent_r"]).with(&[PERIOD.or(14)]).of(BARS),
        new: |p| Williams::new(p.whole(0)),
        push: |it, bar, _price| it.push(bar),
    }
    Momentum(Momentum) {
        row: Row::average("momentum").with(&[PERIOD.or(14)]),
        new: |p| Momentum::new(p.whole(0)),
        push: |it, bar, price| it.push(price.of(bar).units),
    }
    DeMarker(DeMarker) {
        row: Row::average("demarker").with(&[PERIOD.or(14)]).of(BARS),
        new: |p| DeMarker::new(p.whole(0)),
        push: |it, bar, _price| it.push(bar),
    }
    Sar(Sar) {
        row: Row::average("sar").also(&["psar", "parabolic_sar"]).with(SAR).of(BARS).warm_after(sar_warmup),
        new: |p| Sar::new(p.factor(0), p.factor(1)),
        push: |it, bar, _price| it.push(bar),
    }
    Ichimoku(Ichimoku) {
        row: Row::average("ichimoku").drawing(ICHIMOKU).with(ICHIMOKU_PERIODS).of(BARS).warm_after(longest),
        new: |p| Ichimoku::new(p.whole(0), p.whole(1), p.whole(2)),
        push: |it, bar, _price| it.push(bar),
    }
    Obv(Obv) {
        row: Row::average("obv").with(&[]).of(BARS).warm_after(one_bar),
        new: |_p| Obv::new(),
        push: |it, bar, _price| it.push(bar),
    }
    Mfi(Mfi) {
        row: Row::average("mfi").with(&[PERIOD.or(14)]).of(BARS),
        new: |p| Mfi::new(p.whole(0)),
        push: |it, bar, _price| it.push(bar),
    }
    Vwap(Vwap) {
        row: Row::average("vwap").with(&[]).of(BARS).warm_after(one_bar),
        new: |_p| Vwap::new(),
        push: |it, bar, _price| it.push(bar),
    }
    VolumeAverage(VolumeAverage) {
        row: Row::average("volume_average").also(&["volume_ma", "volume_sma"]).with(&[PERIOD.or(20)]).of(BARS),
        new: |p| VolumeAverage::new(p.whole(0)),
        push: |it, bar, _price| it.push(bar),
    }
    Pivot(Pivots) {
        row: Row::average("pivot").also(&["pivots"]).drawing(PIVOT).with(&[]).of(BARS).warm_after(one_bar),
        new: |_p| Pivots::new(),
        push: |it, bar, _price| it.push(bar),
    }
    Highest(HighestLowest) {
        row: Row::average("highest").also(&["resistance"]).with(&[PERIOD.or(20)]).of(BARS),
        new: |p| HighestLowest::new(p.whole(0)),
        push: |it, bar, _price| it.push(bar)[0],
    }
    Lowest(HighestLowest) {
        row: Row::average("lowest").also(&["support"]).with(&[PERIOD.or(20)]).of(BARS),
        new: |p| HighestLowest::new(p.whole(0)),
        push: |it, bar, _price| it.push(bar)[1],
    }
    Donchian(Donchian) {
        row: Row::average("donchian").drawing(BANDS).with(&[PERIOD.or(20)]).of(BARS),
        new: |p| Donchian::new(p.whole(0)),
        push: |it, bar, _price| it.push(bar),
    }
    Keltner(Keltner) {
        row: Row::average("keltner").drawing(BANDS).with(KELTNER).warm_after(keltner_warmup),
        new: |p| Keltner::new(p.whole(0), p.whole(1), p.factor(2)),
        push: |it, bar, price| it.push(bar, price.of(bar)),
    }
    SwingLine(SwingLine) {
        row: Row::average("swing_line").also(&["swing"]).drawing(SWING_LINE).with(&[]).of(BARS).warm_after(structure_warmup),
        new: |_p| SwingLine::new(),
        push: |it, bar, _price| it.push(bar),
    }
    SwingHigh(SwingPoints) {
        row: Row::average("swing_high").with(&[PERIOD.or(2)]).of(BARS).warm_after(swing_warmup),
        new: |p| SwingPoints::new(p.whole(0)),
        push: |it, bar, _price| it.push(bar)[0],
    }
    SwingLow(SwingPoints) {
        row: Row::average("swing_low").with(&[PERIOD.or(2)]).of(BARS).warm_after(swing_warmup),
        new: |p| SwingPoints::new(p.whole(0)),
        push: |it, bar, _price| it.push(bar)[1],
    }
    FairValueGap(FairValueGap) {
        row: Row::average("fair_value_gap").also(&["fvg"]).drawing(GAP).with(&[]).of(BARS).warm_after(structure_warmup),
        new: |_p| FairValueGap::new(),
        push: |it, bar, _price| it.push(bar),
    }
    Adr(Adr) {
        row: Row::average("adr").also(&["average_daily_range"]).with(&[PERIOD.or(10)]).of(BARS),
        new: |p| Adr::new(p.whole(0)),
        push: |it, bar, _price| it.push(bar),
    }
    Price(PlainPrice) {
        row: Row::average("price").with(&[]).warm_after(one_bar),
        new: |_p| PlainPrice::default(),
        push: |_it, bar, price| Some(price.of(bar).to_f64()),
    }
    Volume(PlainVolume) {
        row: Row::average("volume").with(&[]).of(BARS).warm_after(one_bar),
        new: |_p| PlainVolume::default(),
        push: |it, bar, _price| it.push(bar),
    }
}

impl IndicatorKind {
    /// Whether its values come of tick volumes, so that there are none without them.
    #[must_use]
    pub const fn needs_volume(self) -> bool {
        matches!(self, Self::Obv | Self::Mfi | Self::Vwap | Self::VolumeAverage | Self::Volume)
    }
}

/// The longest of its periods.
fn longest(p: &Parameters) -> u32 {
    p.whole(0).max(p.whole(1)).max(p.whole(2))
}

/// The average is recursive; the range needs its bars and the one before them.
fn keltner_warmup(p: &Parameters) -> u32 {
    (5 * p.whole(0)).max(p.whole(1) + 1)
}

/// It has no period. It reaches its full speed after maximum / step bars of a trend, and this
/// number stands for one.
fn sar_warmup(p: &Parameters) -> u32 {
    let [step, maximum, ..] = p.0;
    let bars = u32::try_from(maximum.raw() / step.raw()).unwrap_or(u32::MAX);
    5 * bars.clamp(1, PERIOD_MAX)
}

/// It has no period. How far back its value reaches depends on the market, and this number stands
/// for it.
const fn structure_warmup(_: &Parameters) -> u32 {
    50
}

/// Five times as many bars as a swing needs to be seen, since not every bar is one. A longer history
/// changes nothing once there has been a swing.
fn swing_warmup(p: &Parameters) -> u32 {
    5 * (2 * p.whole(0) + 1)
}

/// One bar. An indicator that starts anew with the server's day has no value before it has seen a
/// whole day, so it waits by itself. More history can be requested with `options.warmupBars`.
const fn one_bar(_: &Parameters) -> u32 {
    1
}
