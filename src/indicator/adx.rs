//! ADX, the strength of a trend, with its directions +DI and −DI. MT5's iADX and iADXWilder warm up
//! from 0; TA-Lib and Wilder's book begin with sums and a mean. A line has values from the bar on
//! from which its source has them.

use crate::domain::flaw::Checked;
use crate::indicator::directional::{Directional, apart, percent};
use crate::indicator::ema::Ema;
use crate::indicator::seed::Seed;
use crate::indicator::sound::{Sound, derived, down, figure, part, same, sound};
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};

/// MT5's iADX: exponential averages of each bar's own 100 · DM / TR, and of the distance between
/// them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adx {
    movement: Directional,
    period: u32,
    /// Bars seen after the first, up to twice the period.
    seen: u32,
    plus: Ema,
    minus: Ema,
    main: Ema,
}

sound!(Adx { movement: part, period: same, seen: figure, plus: part, minus: part, main: part });

impl Adx {
    /// A new state over `period` bars.
    #[must_use]
    pub fn new(period: u32) -> Self {
        let from_zero = || {
            let mut ema = Ema::new(period);
            ema.follow(0.0);
            ema
        };
        let (plus, minus, main) = (from_zero(), from_zero(), from_zero());
        Self { movement: Directional::default(), period, seen: 0, plus, minus, main }
    }

    /// Takes a bar and returns ADX from bar 2n + 1 on, +DI and −DI from bar n + 1 on, as MT5 draws
    /// them.
    pub fn push(&mut self, bar: &Bar) -> [Option<f64>; 3] {
        let Some(bar) = self.movement.push(bar) else { return [None; 3] };
        self.seen = (self.seen + 1).min(2 * self.period);
        let plus = self.plus.follow(percent(bar.plus, bar.range));
        let minus = self.minus.follow(percent(bar.minus, bar.range));
        let main = self.main.follow(apart(plus, minus));
        let drawn = |bars: u32, value| (self.seen >= bars).then_some(value);
        [drawn(2 * self.period, main), drawn(self.period, plus), drawn(self.period, minus)]
    }
}

/// MT5's iADXWilder: 100 · smoothed DM / smoothed TR, smoothed from 0 since bar n + 1 (MT5
/// reference 8, SMMA).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WilderAdx {
    movement: Directional,
    period: u32,
    /// Bars seen after the first, up to twice the period.
    seen: u32,
    plus: f64,
    minus: f64,
    range: f64,
    main: f64,
}

sound!(WilderAdx {
    movement: part,
    period: same,
    seen: figure,
    plus: figure,
    minus: figure,
    range: figure,
    main: figure
});

impl WilderAdx {
    /// A new state over `period` bars.
    #[must_use]
    pub fn new(period: u32) -> Self {
        Self {
            movement: Directional::default(),
            period,
            seen: 0,
            plus: 0.0,
            minus: 0.0,
            range: 0.0,
            main: 0.0,
        }
    }

    /// Takes a bar and returns ADX from bar 2n + 1 on, +DI and −DI from bar n + 2 on, as MT5 draws
    /// them.
    pub fn push(&mut self, bar: &Bar) -> [Option<f64>; 3] {
        let Some(bar) = self.movement.push(bar) else { return [None; 3] };
        self.seen = (self.seen + 1).min(2 * self.period.max(1));
        if self.seen < self.period {
            return [None; 3];
        }
        let period = f64::from(self.period);
        let smooth = |before: f64, value: f64| (before * (period - 1.0) + value) / period;
        self.plus = smooth(self.plus, bar.plus);
        self.minus = smooth(self.minus, bar.minus);
        self.range = smooth(self.range, bar.range);
        let (plus, minus) = (percent(self.plus, self.range), percent(self.minus, self.range));
        self.main = smooth(self.main, apart(plus, minus));
        let drawn = |bars: u32, value| (self.seen >= bars).then_some(value);
        [
            drawn(2 * self.period, self.main),
            drawn(self.period + 1, plus),
            drawn(self.period + 1, minus),
        ]
    }
}

/// TA-Lib's ADX, PLUS_DI and MINUS_DI: Wilder's sums of n − 1 bars, then smoothed; ADX begins with
/// the mean of n.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TalibAdx {
    movement: Directional,
    period: f64,
    /// The number of bars whose movement is only added up.
    wait: u32,
    plus: f64,
    minus: f64,
    range: f64,
    seed: Seed,
    main: Option<f64>,
}

impl Sound for TalibAdx {
    fn check(&self, fresh: &Self) -> Checked {
        let Self { movement, period, wait, plus, minus, range, seed, main } = self;
        part("movement", movement, &fresh.movement)?;
        same("period", period, &fresh.period)?;
        down("wait", *wait, fresh.wait)?;
        [("plus", plus), ("minus", minus), ("range", range)]
            .iter()
            .try_for_each(|(field, value)| figure(field, *value))?;
        part("seed", seed, &fresh.seed)?;
        figure("main", main)?;
        derived(seed.is_done() == main.is_some(), "main")
    }
}

impl TalibAdx {
    /// A new state over `period` bars, 2 or more.
    #[must_use]
    pub fn new(period: u32) -> Self {
        let seed = Seed::new(period);
        let movement = Directional::default();
        Self {
            movement,
            period: f64::from(period),
            wait: period - 1,
            plus: 0.0,
            minus: 0.0,
            range: 0.0,
            seed,
            main: None,
        }
    }

    /// Takes a bar and returns ADX from bar 2n on, +DI and −DI from bar n + 1 on.
    pub fn push(&mut self, bar: &Bar) -> [Option<f64>; 3] {
        let Some(bar) = self.movement.push(bar) else { return [None; 3] };
        let (sums, values) =
            ([&mut self.plus, &mut self.minus, &mut self.range], [bar.plus, bar.minus, bar.range]);
        let share = if self.wait > 0 { 0.0 } else { 1.0 / self.period };
        sums.into_iter().zip(values).for_each(|(sum, value)| *sum = *sum - *sum * share + value);
        if self.wait > 0 {
            self.wait -= 1;
            return [None; 3];
        }
        let (plus, minus) = (percent(self.plus, self.range), percent(self.minus, self.range));
        self.main = match self.main {
            None => self.seed.push(apart(plus, minus)),
            // Without any direction, the last value is kept.
            Some(before) if plus + minus == 0.0 => Some(before),
            Some(before) => Some((before * (self.period - 1.0) + apart(plus, minus)) / self.period),
        };
        [self.main, Some(plus), Some(minus)]
    }
}
