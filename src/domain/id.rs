//! Identifiers of strategies, commands, tickets, symbols and requests.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A symbol's index in the session's symbol table, counted from 0. It is valid within one session
/// only.
///
/// ```
/// use tickdeck::domain::id::SymbolId;
/// let symbols = ["EURUSD", "XAUUSD"];
/// assert_eq!(symbols[SymbolId(1).index()], "XAUUSD");
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct SymbolId(pub u16);

impl SymbolId {
    /// The index for use with slices.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// MT5's number of an order, a deal or a position. A position carries the ticket of the order that
/// opened it.
///
/// ```
/// use tickdeck::domain::id::Ticket;
/// assert_eq!(Ticket(50_123).to_string(), "50123");
/// assert!(Ticket(2) < Ticket(10), "compared as numbers");
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Ticket(pub u64);

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The `magic` of an order, which says which strategy owns it: a 31-bit hash of the strategy id,
/// kept in the executor's registry. MT5 gives 0 to orders that no program placed.
///
/// ```
/// use tickdeck::domain::id::Magic;
/// // In files it is the number itself.
/// assert_eq!(serde_json::to_string(&Magic(1_234))?, "1234");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Magic(pub u64);

/// The number of one request to the trade server, counted from 1. Each attempt at the same intent
/// has a number of its own.
///
/// ```
/// use tickdeck::domain::id::Cid;
/// use tickdeck::executor::event::{Answer, Outcome};
/// // An answer names the attempt that it is about.
/// let answer: Answer = serde_json::from_str(r#"{"cid": 3, "outcome": "not_sent"}"#)?;
/// assert_eq!((answer.cid, answer.outcome), (Cid(3), Outcome::NotSent));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Cid(pub u64);

/// The number of one request for data, counted from 1; 0 in recordings made before these requests
/// had numbers.
///
/// ```
/// use tickdeck::domain::id::DataId;
/// use tickdeck::executor::action::DataRequest;
/// // A request from an old recording has no number.
/// let request: DataRequest = serde_json::from_str(r#"{"snapshot": {"history_since_msc": 0}}"#)?;
/// assert!(matches!(request, DataRequest::Snapshot { id: DataId(0), .. }));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct DataId(pub u64);

/// A name that comes from outside; cloning it copies no text.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

name! {
    /// The platform's id of a strategy: any text, compared byte by byte.
    ///
    /// ```
    /// use tickdeck::domain::id::StrategyId;
    /// let id = StrategyId::from("ema-fast");
    /// assert_eq!(id.as_str(), "ema-fast");
    /// assert_eq!(format!("{id:<10}|"), "ema-fast  |");
    /// ```
    StrategyId
}

name! {
    /// The platform's id of a command: any text, compared byte by byte. One id has one final
    /// result, ever.
    ///
    /// ```
    /// use tickdeck::domain::id::CommandId;
    /// assert_ne!(CommandId::from("stop-1"), CommandId::from("STOP-1"));
    /// ```
    CommandId
}

/// The key of an intent: a hash of everything that distinguishes it from other intents. No second
/// order with the same key is sent while the first one may have been executed. The first characters
/// of the key travel in the order's comment.
///
/// ```
/// use tickdeck::domain::id::IntentKey;
/// let key = IntentKey([0xab; 16]);
/// assert_eq!(key.to_string(), "ab".repeat(16));
/// assert_eq!(key.comment(), format!("td{}", "ab".repeat(10)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntentKey(pub [u8; 16]);

impl IntentKey {
    /// The comment that orders of this intent carry: `td` and the first 20 hex digits of the key,
    /// within MT5's 29 characters.
    #[must_use]
    pub fn comment(&self) -> String {
        let hex = self.to_string();
        format!("td{}", &hex[..20])
    }

    /// Whether a comment is [that of the key](Self::comment). Every order, deal and position is
    /// compared with all open attempts, so nothing is written for it.
    ///
    /// ```
    /// use tickdeck::domain::id::IntentKey;
    /// let key = IntentKey([0xab; 16]);
    /// assert!(key.is_of(&key.comment()) && !key.is_of("td") && !key.is_of("by hand"));
    /// ```
    #[must_use]
    pub fn is_of(&self, comment: &str) -> bool {
        let digit = |nibble: u8| char::from_digit(nibble.into(), 16);
        let digits = self.0[..10].iter().flat_map(|byte| [byte >> 4, byte & 0xf]).map(digit);
        comment
            .strip_prefix("td")
            .is_some_and(|hex| hex.len() == 20 && hex.chars().map(Some).eq(digits))
    }
}

impl fmt::Display for IntentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for IntentKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for IntentKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_hex(&text).map(Self).ok_or_else(|| {
            serde::de::Error::custom(format!("`{text}` is not a key of 32 hex digits"))
        })
    }
}

/// A BLAKE3 hash of 32 bytes, written as 64 lowercase hex digits.
///
/// ```
/// use tickdeck::domain::id::ContentHash;
/// // The hash of nothing, as BLAKE3's test vectors give it.
/// let nothing = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
/// assert_eq!(ContentHash::of(b"").to_string(), nothing);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// Hashes `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for ContentHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_hex(&text).map(Self).ok_or_else(|| {
            serde::de::Error::custom(format!("`{text}` is not a hash of 64 hex digits"))
        })
    }
}

fn parse_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(bytes)
}
