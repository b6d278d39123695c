//! What a strategy in another process is asked at a closed bar.

use super::result::PositionData;
use crate::domain::amount::{Money, Price};
use crate::domain::id::StrategyId;
use crate::domain::time::Timestamp;
use crate::market::bar::Bar;
use crate::market::timeframe::Timeframe;
use crate::strategy::condition::Constant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A question to a strategy in another process: what does the bar that has just closed mean to it?
/// The answer is an [`Advice`](crate::executor::event::Advice) that names strategy and bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The strategy that is asked.
    pub strategy: StrategyId,
    /// The program that answers for it, with its arguments.
    pub command: Vec<String>,
    /// Whether the program begins with this question: whatever it remembers of earlier ones is of
    /// another run, other rules or another process.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub begins: bool,
    /// The moment after which an answer enters nothing.
    pub deadline: Timestamp,
    /// How long the program may take for its answer, in milliseconds.
    pub deadline_ms: u32,
    /// The broker's name of the symbol.
    pub symbol: String,
    /// The timeframe of the bars.
    pub timeframe: Timeframe,
    /// The parameters of the rules.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Constant>,
    /// The bar that has closed.
    pub bar: Bar,
    /// The closed bars before it, as many as the rules want and the history has.
    #[serde(skip)]
    pub earlier: EarlierBars,
    /// The values of the rules' lines, in the order of the rules; none where a line has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<LineValue>,
    /// The present Bid and Ask; none without a quote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<(Price, Price)>,
    /// The strategy's open positions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub positions: Vec<PositionData>,
    /// What the account has; none before it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountWorth>,
}

/// The closed bars before the one that a question is about, oldest first.
///
/// They follow from ticks and history, which are recorded. So they stand in no file and are not
/// compared: a question of fifty bars would otherwise be fifty times as long.
#[derive(Debug, Clone, Default)]
pub struct EarlierBars(pub Vec<Bar>);

impl PartialEq for EarlierBars {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for EarlierBars {}

/// The value of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineValue {
    /// The line as rules name it.
    pub line: String,
    /// Its value at the bar.
    pub value: Option<FiniteNumber>,
}

/// What the account has, in its currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountWorth {
    /// The deposit currency.
    pub currency: String,
    /// The balance as the broker last reported it.
    pub balance: Money,
    /// The balance and everything open at the present quotes; none while it is not certain.
    pub equity: Option<Money>,
}

/// A finite number that is computed, such as the value of an indicator: two are the same when all
/// their bits are. In files it is text, as prices are.
///
/// ```
/// use tickdeck::executor::action::FiniteNumber;
/// let figure = FiniteNumber::new(0.1 + 0.2).unwrap();
/// assert_eq!(serde_json::to_string(&figure).unwrap(), "\"0.30000000000000004\"");
/// assert_eq!(serde_json::from_str::<FiniteNumber>("\"0.30000000000000004\"").unwrap(), figure);
/// assert_eq!(FiniteNumber::new(f64::NAN), None);
/// ```
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FiniteNumber(f64);

impl FiniteNumber {
    /// A figure, if the number is finite.
    #[must_use]
    pub const fn new(number: f64) -> Option<Self> {
        if number.is_finite() { Some(Self(number)) } else { None }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl PartialEq for FiniteNumber {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for FiniteNumber {}

impl From<FiniteNumber> for String {
    fn from(figure: FiniteNumber) -> Self {
        figure.0.to_string()
    }
}

impl TryFrom<String> for FiniteNumber {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let number = text.parse().ok().and_then(Self::new);
        number.ok_or_else(|| format!("`{text}` is no finite number"))
    }
}
