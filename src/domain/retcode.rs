//! Trade return codes: MT5's numbers, their names, and what each asks of the sender (MT5 reference
//! 2.1).

use serde::{Deserialize, Serialize};
use std::fmt;

/// The return code of a trade request: MT5's `TRADE_RETCODE_…`, 10004 to 10046.
///
/// ```
/// use tickdeck::domain::retcode::Retcode;
/// assert_eq!(Retcode(10009), Retcode::DONE);
/// assert_eq!(Retcode::TIMEOUT.to_string(), "10012 TIMEOUT");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Retcode(pub u32);

/// What the sender of a request must do about its return code.
///
/// ```
/// use tickdeck::domain::retcode::{Retcode, RetcodeClass};
/// assert_eq!(Retcode::REQUOTE.class(), RetcodeClass::Retry);
/// // A time-out may have been executed, and so may a code that MT5 does not document.
/// assert_eq!(Retcode::TIMEOUT.class(), RetcodeClass::Unknown);
/// assert_eq!(Retcode(10_999).class(), RetcodeClass::Unknown);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetcodeClass {
    /// The request is completed.
    Done,
    /// The order is filled in part; the rest may still work.
    Partial,
    /// The order is accepted; the deal is still to come.
    Placed,
    /// The position or order already is as requested: this counts as done.
    AlreadySo,
    /// Send again with a fresh price, a bounded number of times.
    Retry,
    /// Send again, once.
    RetryOnce,
    /// Send again later; the server is busy.
    BackOff,
    /// Another filling mode may do.
    OtherFilling,
    /// The position is gone or differs: read it again.
    Reread,
    /// Nothing will be accepted until a person or the calendar changes it: no entries, an alert.
    Environment,
    /// Executed or not: nobody knows. Never send again, reconcile.
    Unknown,
    /// Refused for good: sending the same request again is pointless.
    Final,
}

macro_rules! retcodes {
    ($($code:literal $name:ident $class:ident $text:literal;)*) => {
        impl Retcode {
            $(#[doc = concat!("`TRADE_RETCODE_", stringify!($name), "`: ", $text, ".")]
            pub const $name: Self = Self($code);)*

            /// Every code that MT5 documents.
            pub const ALL: &[Self] = &[$(Self($code)),*];

            /// What the code asks of the sender. A code that MT5 does not document may mean
            /// anything, executed included: unknown.
            #[must_use]
            pub const fn class(self) -> RetcodeClass {
                match self.0 {
                    $($code => RetcodeClass::$class,)*
                    _ => RetcodeClass::Unknown,
                }
            }

            /// MT5's name without its prefix, `UNDOCUMENTED` for a number that it does not
            /// document.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self.0 {
                    $($code => stringify!($name),)*
                    _ => "UNDOCUMENTED",
                }
            }
        }
    };
}

retcodes! {
    10004 REQUOTE Retry "the price moved beyond the deviation";
    10006 REJECT RetryOnce "rejected by dealer or gateway";
    10007 CANCEL Final "cancelled by the trader";
    10008 PLACED Placed "accepted, not yet filled";
    10009 DONE Done "completed";
    10010 DONE_PARTIAL Partial "filled in part";
    10011 ERROR Unknown "processing error";
    10012 TIMEOUT Unknown "cancelled by time-out";
    10013 INVALID Final "malformed request";
    10014 INVALID_VOLUME Final "volume below minimum, above maximum or off step";
    10015 INVALID_PRICE Final "price bad or on the wrong side of the market";
    10016 INVALID_STOPS Final "SL or TP on the wrong side or inside the stops level";
    10017 TRADE_DISABLED Environment "trading disabled for symbol or account";
    10018 MARKET_CLOSED Environment "outside the trading session";
    10019 NO_MONEY Final "not enough free margin";
    10020 PRICE_CHANGED Retry "prices changed";
    10021 PRICE_OFF Retry "no quotes";
    10022 INVALID_EXPIRATION Final "expiration mode or date";
    10023 ORDER_CHANGED Reread "the order changed meanwhile";
    10024 TOO_MANY_REQUESTS BackOff "rate limit";
    10025 NO_CHANGES AlreadySo "the modification would change nothing";
    10026 SERVER_DISABLES_AT Environment "algo trading off on the server";
    10027 CLIENT_DISABLES_AT Environment "algo trading off in the terminal";
    10028 LOCKED BackOff "request locked for processing";
    10029 FROZEN Retry "inside the freeze level";
    10030 INVALID_FILL OtherFilling "filling mode not allowed";
    10031 CONNECTION Unknown "no connection to the trade server";
    10032 ONLY_REAL Final "real accounts only";
    10033 LIMIT_ORDERS Final "too many pending orders";
    10034 LIMIT_VOLUME Final "volume limit of the symbol";
    10035 INVALID_ORDER Final "order type prohibited";
    10036 POSITION_CLOSED AlreadySo "the position is already closed";
    10038 INVALID_CLOSE_VOLUME Reread "close volume above the position's";
    10039 CLOSE_ORDER_EXIST Reread "a close order already covers the position";
    10040 LIMIT_POSITIONS Final "too many positions";
    10041 REJECT_CANCEL Final "activation rejected, order cancelled";
    10042 LONG_ONLY Final "only buys are allowed";
    10043 SHORT_ONLY Final "only sells are allowed";
    10044 CLOSE_ONLY Final "only closing is allowed";
    10045 FIFO_CLOSE Final "the oldest position must be closed first";
    10046 HEDGE_PROHIBITED Final "opposite positions are forbidden";
}

impl fmt::Display for Retcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_mt5_skips_are_unknown() {
        assert_eq!(Retcode(10005).class(), RetcodeClass::Unknown);
        assert_eq!(Retcode(10037).class(), RetcodeClass::Unknown);
        assert_eq!(Retcode::ALL.len(), 41);
    }
}
