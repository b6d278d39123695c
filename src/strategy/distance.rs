//! How far a stop lies from the price of its entry, as rules measure it (executor 3.4).

use crate::domain::amount::{Pips, Points, Price, Ratio};
use crate::strategy::condition::LineAt;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A distance between two prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distance {
    /// So many points.
    Points(Points),
    /// So many hundredths of the price of the entry.
    Percent(Ratio),
    /// A difference of prices.
    Price(Price),
    /// So many times the value of a line, such as an average true range, at the signal's bar.
    Line {
        /// The line.
        of: LineAt,
        /// The factor.
        times: Ratio,
    },
    /// Another distance, no shorter and no longer than these.
    Between {
        /// The other distance.
        of: Box<Distance>,
        /// The shortest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        least: Option<Pips>,
        /// The longest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        most: Option<Pips>,
    },
    /// Another distance, rounded to whole pips: to the nearest number, half a pip up, and at least
    /// one.
    Whole(Box<Distance>),
    /// So many pips; written without a name, as the plainest.
    #[serde(untagged)]
    Pips(Pips),
}

/// Where a position's take profit lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakeProfit {
    /// So many times as far as the stop loss.
    Ratio(Ratio),
    /// At a distance of its own.
    #[serde(untagged)]
    At(Distance),
}

/// A distance is not one of pips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotPips;

impl Distance {
    /// The distance, where it is one of pips.
    ///
    /// # Errors
    /// [`NotPips`] where it is measured otherwise.
    pub const fn pips(&self) -> Result<Pips, NotPips> {
        match self {
            Self::Pips(pips) => Ok(*pips),
            _ => Err(NotPips),
        }
    }

    /// Whether its length depends on that of a pip.
    #[must_use]
    pub const fn needs_pips(&self) -> bool {
        matches!(self, Self::Pips(_) | Self::Between { .. } | Self::Whole(_))
    }

    /// Whether it is bounded, or another that it is made of is.
    pub(in crate::strategy) fn is_bounded(&self) -> bool {
        match self {
            Self::Between { .. } => true,
            Self::Whole(of) => of.is_bounded(),
            _ => false,
        }
    }

    /// Whether it is rounded to whole pips, or another that it is made of is.
    pub(in crate::strategy) fn is_rounded(&self) -> bool {
        match self {
            Self::Whole(_) => true,
            Self::Between { of, .. } => of.is_rounded(),
            _ => false,
        }
    }

    /// The line that measures it, if one does.
    #[must_use]
    pub fn line(&self) -> Option<&LineAt> {
        match self {
            Self::Line { of, .. } => Some(of),
            Self::Between { of, .. } | Self::Whole(of) => of.line(),
            Self::Points(_) | Self::Percent(_) | Self::Price(_) | Self::Pips(_) => None,
        }
    }
}

impl TakeProfit {
    /// The distance, where it is one of pips.
    ///
    /// # Errors
    /// [`NotPips`] where it is measured otherwise.
    pub const fn pips(&self) -> Result<Pips, NotPips> {
        match self {
            Self::At(distance) => distance.pips(),
            Self::Ratio(_) => Err(NotPips),
        }
    }

    /// Its own distance, if it has one.
    #[must_use]
    pub const fn distance(&self) -> Option<&Distance> {
        match self {
            Self::At(distance) => Some(distance),
            Self::Ratio(_) => None,
        }
    }
}

impl fmt::Display for Distance {
    /// `10 pips`, `2 times ATR_14`, `0.1 times ADR_10 of D1, rounded to whole
    /// pips`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pips(pips) => write!(f, "{pips} pips"),
            Self::Points(points) => write!(f, "{} points", points.0),
            Self::Percent(percent) => write!(f, "{percent} % of the price"),
            Self::Price(price) => write!(f, "{price} in price"),
            Self::Line { of, times } => write!(f, "{times} times {of}"),
            Self::Whole(of) => write!(f, "{of}, rounded to whole pips"),
            Self::Between { of, least, most } => {
                write!(f, "{of}")?;
                least.map_or(Ok(()), |least| write!(f, ", no less than {least} pips"))?;
                most.map_or(Ok(()), |most| write!(f, ", no more than {most} pips"))
            }
        }
    }
}

impl fmt::Display for TakeProfit {
    /// `20 pips`, `2 times as far as the stop loss`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ratio(ratio) => write!(f, "{ratio} times as far as the stop loss"),
            Self::At(distance) => write!(f, "{distance}"),
        }
    }
}
