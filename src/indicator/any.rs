//! Which indicator, and its running state: the one way from a rule's name to a value.

use crate::indicator::atr::Atr;
use crate::indicator::ema::Ema;
use crate::indicator::rsi::Rsi;
use crate::indicator::sma::Sma;
use crate::market::bar::Bar;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The longest period that a rule may ask for: a limit on memory, far above any use.
pub const PERIOD_MAX: u32 = 10_000;

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the field's own")]
pub enum IndicatorKind {
    Ema,
    Sma,
    Rsi,
    Atr,
}

impl IndicatorKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ema, Self::Sma, Self::Rsi, Self::Atr];

    /// The name in rules.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ema => "EMA",
            Self::Sma => "SMA",
            Self::Rsi => "RSI",
            Self::Atr => "ATR",
        }
    }
}

/// An indicator with its parameters; strategies that name the same one share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IndicatorSpec {
    /// What is computed.
    pub kind: IndicatorKind,
    /// Over how many bars, 1 to [`PERIOD_MAX`].
    pub period: u32,
}

impl IndicatorSpec {
    /// Bars that must have closed before a strategy may act on it: 5·n for a recursive indicator, n for a windowed one
    /// (executor 3.3).
    #[must_use]
    pub const fn warmup_bars(self) -> u32 {
        match self.kind {
            IndicatorKind::Ema | IndicatorKind::Rsi => 5 * self.period,
            IndicatorKind::Sma | IndicatorKind::Atr => self.period,
        }
    }
}

impl fmt::Display for IndicatorSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.kind.name(), self.period)
    }
}

/// The text names no indicator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IndicatorError {
    /// No such name.
    #[error("`{0}` is no indicator that is known here: EMA, SMA, RSI or ATR with a period, such as EMA_20")]
    Unknown(String),
    /// A name without a period that can be used.
    #[error("`{0}` needs a period from 1 to 10000, such as EMA_20")]
    Period(String),
}

impl FromStr for IndicatorSpec {
    type Err = IndicatorError;
    fn from_str(text: &str) -> Result<Self, IndicatorError> {
        let (name, period) = text.rsplit_once('_').unwrap_or((text, ""));
        let kind = IndicatorKind::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name));
        let kind = kind.ok_or_else(|| IndicatorError::Unknown(text.to_owned()))?;
        let period = period.parse().ok().filter(|period| (1..=PERIOD_MAX).contains(period));
        Ok(Self { kind, period: period.ok_or_else(|| IndicatorError::Period(text.to_owned()))? })
    }
}

/// An indicator's running state and its last value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Indicator {
    state: State,
    value: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Ema(Ema),
    Sma(Sma),
    Rsi(Rsi),
    Atr(Atr),
}

impl Indicator {
    /// One that has seen no bar.
    #[must_use]
    pub fn new(spec: IndicatorSpec) -> Self {
        let state = match spec.kind {
            IndicatorKind::Ema => State::Ema(Ema::new(spec.period)),
            IndicatorKind::Sma => State::Sma(Sma::new(spec.period)),
            IndicatorKind::Rsi => State::Rsi(Rsi::new(spec.period)),
            IndicatorKind::Atr => State::Atr(Atr::new(spec.period)),
        };
        Self { state, value: None }
    }

    /// Takes a closed bar.
    pub fn push(&mut self, bar: &Bar) {
        let close = bar.close.to_f64();
        self.value = match &mut self.state {
            State::Ema(ema) => ema.push(close),
            State::Sma(sma) => sma.push(close),
            State::Rsi(rsi) => rsi.push(close),
            State::Atr(atr) => atr.push(bar.high.to_f64(), bar.low.to_f64(), close),
        };
    }

    /// The value at the last closed bar; none until it is defined.
    #[must_use]
    pub const fn value(&self) -> Option<f64> {
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_case_blind_and_unknown_ones_refused() {
        assert_eq!("ema_20".parse(), Ok(IndicatorSpec { kind: IndicatorKind::Ema, period: 20 }));
        assert_eq!("RSI_14".parse::<IndicatorSpec>().unwrap().to_string(), "RSI_14");
        for text in ["EMA", "EMA_0", "EMA_10001", "EMA_x", "EMA_-1"] {
            assert!(matches!(text.parse::<IndicatorSpec>(), Err(IndicatorError::Period(_))), "{text}");
        }
        assert!(matches!("FOO_3".parse::<IndicatorSpec>(), Err(IndicatorError::Unknown(_))));
    }
}
