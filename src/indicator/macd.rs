//! MACD: a fast average less a slow one, and a signal line that follows the difference. In MT5 the
//! signal is an SMA, in TA-Lib an EMA; MT5's averages begin with the first price, TA-Lib's with
//! means.

use crate::domain::flaw::Checked;
use crate::indicator::ema::{Ema, SeededEma};
use crate::indicator::sound::{Sound, derived, part, sound};
use crate::indicator::sum::SlidingMean;
use serde::{Deserialize, Serialize};

/// Convergence and divergence of averages, as MT5's stock indicator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Macd {
    fast: Ema,
    slow: Ema,
    signal: SlidingMean,
}

impl Sound for Macd {
    fn check(&self, fresh: &Self) -> Checked {
        let Self { fast, slow, signal } = self;
        part("fast", fast, &fresh.fast)?;
        part("slow", slow, &fresh.slow)?;
        part("signal", signal, &fresh.signal)?;
        derived(fast.is_price() && slow.is_price(), "slow")
    }
}

impl Macd {
    /// A new state with averages over `fast` and `slow` bars and a signal line over `signal` bars.
    #[must_use]
    pub fn new(fast: u32, slow: u32, signal: u32) -> Self {
        Self { fast: Ema::new(fast), slow: Ema::new(slow), signal: SlidingMean::new(signal) }
    }

    /// Takes a price and returns main line, signal line and their difference (OsMA).
    pub fn push(&mut self, price: f64) -> [Option<f64>; 3] {
        let main = self.fast.follow(price) - self.slow.follow(price);
        let signal = self.signal.push(main);
        [Some(main), signal, signal.map(|signal| main - signal)]
    }
}

/// Convergence and divergence of averages, as TA-Lib has it: no line begins before all do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TalibMacd {
    /// The number of prices that the shorter average skips, so that both begin on the same bar.
    wait: u32,
    shorter: Shorter,
    fast: SeededEma,
    slow: SeededEma,
    signal: SeededEma,
}

sound!(TalibMacd { wait: down, shorter: same, fast: part, slow: part, signal: part });

/// Which of two averages begins late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Shorter {
    Fast,
    Slow,
}

impl TalibMacd {
    /// A new state with averages over `fast` and `slow` bars and a signal line over `signal` bars.
    #[must_use]
    pub fn new(fast: u32, slow: u32, signal: u32) -> Self {
        Self {
            wait: fast.abs_diff(slow),
            shorter: if fast <= slow { Shorter::Fast } else { Shorter::Slow },
            fast: SeededEma::new(fast),
            slow: SeededEma::new(slow),
            signal: SeededEma::new(signal),
        }
    }

    /// Takes a price and returns main line, signal line and their difference.
    pub fn push(&mut self, price: f64) -> [Option<f64>; 3] {
        let (longer, shorter, turned) = match self.shorter {
            Shorter::Fast => (&mut self.slow, &mut self.fast, 1.0),
            Shorter::Slow => (&mut self.fast, &mut self.slow, -1.0),
        };
        let long = longer.push(price);
        if self.wait > 0 {
            self.wait -= 1;
            return [None; 3];
        }
        let (Some(short), Some(long)) = (shorter.push(price), long) else { return [None; 3] };
        let main = (short - long) * turned;
        match self.signal.push(main) {
            Some(signal) => [main, signal, main - signal].map(Some),
            None => [None; 3],
        }
    }
}
