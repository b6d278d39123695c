//! The keys of a symbol's specification.

use super::row::{KeySection, needed, none};

/// The built-in value, or that of `specs`; needed where there is neither.
const KNOWN: &str = "that of `specs`, or the built-in one; needed where there is neither";

pub(super) const SECTIONS: &[KeySection] = &[
    KeySection {
        title: "Fields of a symbol's specification",
        places: &["symbol.NAME"],
        rule: "MT5 reference 1.4, symbol_info()",
        keys: keys! {
            "digits", "digits", none(KNOWN), "from 0 to 9", "5" => "The digits of a price after the point; a point is one of the last. Alone it sets tick_size to a point.";
            "tick_size", "price", none(KNOWN), "a whole number of points", "0.00001" => "The smallest step between two prices.";
            "contract_size", "units of the base", none(KNOWN), "above 0", "100000" => "What one lot is: 100000 for currency pairs, 100 ounces for gold.";
            "calc_mode", "", none(KNOWN), "forex, forex_no_leverage, cfd or cfd_leverage", r#""forex""# => "How profit and margin are computed (trade_calc_mode).";
            "execution", "", none(KNOWN), "request, instant, market or exchange", r#""market""# => "How the broker prices a market order (trade_exemode).";
            "trade_mode", "", none(KNOWN), "disabled, long_only, short_only, close_only or full", r#""full""# => "Which trades are allowed.";
            "stops_level", "points", none(KNOWN), "from 0, which is no limit", "10" => "The least distance between the market and a stop or pending order.";
            "freeze_level", "points", none(KNOWN), "from 0, which is no limit", "5" => "How near the market an order or position cannot be changed or closed.";
            "filling_mask", "", none(KNOWN), "1 (fill or kill), 2 (immediate or cancel) or 3", "3" => "The allowed filling modes.";
            "volume_min", "lots", none(KNOWN), "above 0", "0.01" => "The smallest volume of an order.";
            "volume_max", "lots", none(KNOWN), "not below volume_min", "100" => "The largest volume of an order.";
            "volume_step", "lots", none(KNOWN), "above 0", "0.01" => "The step of volumes.";
            "margin_initial", "margin currency for a lot", none(KNOWN), "from 0, which leaves it to the formula", "0" => "The margin of one lot.";
            "currency_base", "", none(KNOWN), "a currency", r#""EUR""# => "The base currency, EUR of EURUSD.";
            "currency_profit", "", none(KNOWN), "a currency", r#""USD""# => "The currency in which profit arises, USD of EURUSD.";
            "currency_margin", "", none(KNOWN), "a currency", r#""EUR""# => "The currency in which margin is computed.";
            "pip", "price", none("ten points of a currency pair with 5 or 3 digits, a point of one with 4 or 2; gold is built in; needed for what is neither"), "above 0", "0.0001" => "The length of a pip, in which rules measure stops: 0.0001 for EURUSD, 0.01 for USDJPY, 0.1 for gold.";
            "volume_limit", "lots", none("no limit"), "above 0", "50" => "The largest volume of positions and pending orders in one direction.";
            "order_mode", "MT5's mask", none("all of them, 127"), "a sum of market 1, limit 2, stop 4, stop-limit 8, stop loss 16, take profit 32, close-by 64", "127" => "Which kinds of orders the symbol accepts.";
            "sessions", "", none("it always trades"), "a list of tables: see symbol.NAME.sessions.*", "[{ day = 1, from_minute = 0, to_minute = 1440 }]" => "When the symbol trades, by the server's clock.";
            "swap", "", none("it is not known"), "{ mode, long, short, days }", r#"{ mode = "points", long = -7.6, short = 2.1, days = [0, 1, 1, 3, 1, 1, 0] }"# => "What positions cost or earn overnight; charged with broker.swaps.";
        },
    },
    KeySection {
        title: "Trade sessions of a symbol",
        places: &["symbol.NAME.sessions[]"],
        rule: "MT5 reference 3.6",
        keys: keys! {
            "day", "weekday", needed(), "from 0 (Sunday) to 6 (Saturday)", "1" => "The day on which the session begins.";
            "from_minute", "minutes after midnight", needed(), "from 0 to 1439", "0" => "The first minute of trading.";
            "to_minute", "minutes after the same midnight", needed(), "above from_minute; more than 1440 runs into the next day", "1440" => "The first minute without trading.";
        },
    },
    KeySection {
        title: "Swaps of a symbol",
        places: &["symbol.NAME.swap"],
        rule: "MT5 reference 5.5",
        keys: keys! {
            "mode", "", needed(), "disabled, points, currency_symbol, currency_margin, currency_deposit, interest_current or interest_open; reopen_current, reopen_bid and { unknown = 9 } are known, and not charged", r#""points""# => "What the sizes count (swap_mode).";
            "long", "as the mode says", needed(), "a number; below 0 is a cost", "-7.6" => "The swap of a bought lot for a night.";
            "short", "as the mode says", needed(), "a number; below 0 is a cost", "2.1" => "The swap of a sold lot for a night.";
            "days", "nights", needed(), "seven numbers from Sunday", "[0, 1, 1, 3, 1, 1, 0]" => "How many nights each day charges; one of them three.";
        },
    },
];
