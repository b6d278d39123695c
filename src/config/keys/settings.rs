//! The keys of a strategy's volume and limits: in its settings, and in the risk of its rules.

use super::row::{KeySection, is, needed, none};

/// Where a strategy's volume and limits may stand. Settings go before rules.
const PLACES: &[&str] =
    &["strategy[].settings", "strategy[].rules.risk", "strategy[].rules.riskManagement"];
const SETTINGS_AND_RISK: &[&str] = &["strategy[].settings", "strategy[].rules.risk"];
const LOSSES: &[&str] = &[
    "strategy[].settings.maxDailyLoss",
    "strategy[].settings.maxDrawdown",
    "strategy[].rules.risk.maxDailyLoss",
    "strategy[].rules.risk.maxDrawdown",
    "strategy[].rules.riskManagement.maxDailyLoss",
    "strategy[].rules.riskManagement.maxDrawdown",
];

pub(super) const SECTIONS: &[KeySection] = &[
    KeySection {
        title: "Volume and limits of a strategy",
        places: PLACES,
        rule: "executor 3.4 and 4",
        keys: keys! {
            "lotSize", "lots", none("limits.lots_default; without it the strategy is refused, unless its volume is found by a risk"), "above 0; a whole number of the symbol's volume_step", "0.1" => "The volume of an entry.";
            "maxRisk", "percent of the equity", none("lotSize holds"), "above 0, at most 100; without a stop loss lotSize holds", "1" => "What an entry loses at its stop loss: the volume is found by it.";
            "riskLevel", "", none("maxRisk or lotSize holds"), "low (0.5 %), medium (1 %) or high (2 %)", r#""medium""# => "maxRisk as a word.";
            "maxSlippage", "points", none("limits.deviation"), "a whole number from 0", "20" => "The largest accepted deviation of an entry from the price at the decision.";
            "maxDailyTrades", "entries", none("limits.strategy, or not limited"), "a whole number from 1", "6" => "Its entries sent since the day cut, whatever became of them.";
            "maxDailyLoss", "", none("limits.strategy, or not limited"), "{ value, unit, base }, or a number: percent of the equity in settings and risk, deposit currency in riskManagement", r#"{ value = 1, unit = "percent", base = "equity" }"# => "What it may lose since the day cut, closed and floating, with costs.";
            "maxDrawdown", "", none("limits.strategy, or not limited"), "{ value, unit, base }, or a number: percent of the balance in settings and risk, deposit currency in riskManagement", r#"{ value = 250, unit = "money" }"# => "How far what it has made may fall below the highest that this has been.";
            "lossStreak", "positions", none("limits.strategy, or no rest"), "a whole number from 1; needs pauseMinutes", "3" => "After so many positions closed one after the other at a loss it rests.";
            "maxConsecutiveLosses", "positions", none("limits.strategy, or no rest"), "a whole number from 1; needs pauseMinutes", "3" => "Another name of lossStreak.";
            "pauseMinutes", "minutes", none("needed with lossStreak"), "from 1 to 527040", "90" => "How long it rests after losses in a row.";
            "cooldownMinutes", "minutes", none("limits.strategy, or no rest"), "from 1 to 527040", "30" => "How long nothing is entered after a position was closed.";
            "cooldownAfter", "", is(r#""loss""#), "loss or close; needs cooldownMinutes", r#""close""# => "After which closed positions it rests: those closed at a loss, or all.";
            "flatten", "", none("limits.strategy.flatten, or false"), "true or false", "true" => "Whether its positions are closed when it comes to a limit on its losses.";
        },
    },
    KeySection {
        title: "The most positions of a strategy",
        places: SETTINGS_AND_RISK,
        rule: "executor 4",
        keys: keys! {
            "maxOpenTrades", "positions", none("limits.max_open_trades_default"), "a whole number from 1", "1" => "The most positions of the strategy at once.";
        },
    },
    KeySection {
        title: "The most positions of a strategy, by another name",
        places: &["strategy[].settings", "strategy[].rules.riskManagement"],
        rule: "executor 4",
        keys: keys! {
            "maxPositions", "positions", none("limits.max_open_trades_default"), "a whole number from 1", "1" => "The most positions of the strategy at once.";
        },
    },
    KeySection {
        title: "The volume of an entry, by other names",
        places: &["strategy[].settings"],
        rule: "executor 3.4",
        keys: keys! {
            "lots", "lots", none("as lotSize"), "above 0", "0.1" => "Another name of lotSize.";
            "volume", "lots", none("as lotSize"), "above 0", "0.1" => "Another name of lotSize.";
        },
    },
    KeySection {
        title: "A take profit by a ratio",
        places: &["strategy[].rules.risk"],
        rule: "executor 3.1, R1",
        keys: keys! {
            "riskRewardRatio", "times the stop loss", none("exit.takeProfit holds"), "above 0; needs exit.stopLoss, and not beside another exit.takeProfit", "2" => "How far the take profit lies.";
        },
    },
    KeySection {
        title: "What a strategy may lose, with its unit",
        places: LOSSES,
        rule: "executor 4",
        keys: keys! {
            "value", "as the unit says", needed(), "above 0; at most 100 percent", "1" => "How much may be lost.";
            "unit", "", needed(), "percent or money", r#""percent""# => "What the value is: percent, or deposit currency.";
            "base", "", none("equity for maxDailyLoss, balance for maxDrawdown"), "equity (of maxDailyLoss), balance or initial; with percent", r#""balance""# => "Of what percent is a part: the account's equity or balance when the day began, or its initial balance.";
        },
    },
];
