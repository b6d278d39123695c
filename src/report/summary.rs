//! A run in eighteen figures, and what may mislead: one JSON object for scripts, a short table for people.

use crate::domain::amount::Money;
use crate::domain::id::ContentHash;
use crate::domain::text;
use crate::domain::time::Timestamp;
use serde::{Serialize, Serializer};
use std::fmt;

/// The figures of a run. Its JSON has these fields in this order; scripts rely on the names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The session's name.
    pub name: String,
    /// The number of ticks that were run.
    pub ticks: u64,
    /// The clock by which times are shown to people.
    #[serde(skip)]
    pub clock: String,
    /// The time of the first tick in UTC; RFC 3339 in JSON, null without ticks.
    pub first_time: Option<Timestamp>,
    /// The time of the last tick, likewise.
    pub last_time: Option<Timestamp>,
    /// The number of commands that arrived, including the session's own.
    pub commands: u64,
    /// The number of closed bars that strategies evaluated.
    pub evaluations: u64,
    /// How many of these were signals.
    pub signals: u64,
    /// The number of requests to the trade server.
    pub orders: u64,
    /// The number of deals, without the deposit.
    pub deals: u64,
    /// The number of positions that were closed.
    pub trades: u64,
    /// The number of positions still open.
    pub positions_open: u64,
    /// The balance at the end.
    pub balance: Cash,
    /// The balance and the floating profit at the end.
    pub equity: Cash,
    /// The equity less deposits.
    pub net_profit: Cash,
    /// The largest fall of the equity from a peak, in percent of that peak.
    pub max_drawdown_pct: f64,
    /// The hash of all steps (session 4).
    pub actions_hash: ContentHash,
    /// Wall time of the run in seconds.
    pub elapsed_s: f64,
    /// Ticks per second of wall time.
    pub ticks_per_s: f64,
    /// What a person should know before believing the figures.
    pub warnings: Vec<String>,
}

/// An amount, rounded to the digits of its currency when it is written; a number in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cash {
    /// The amount.
    pub amount: Money,
    /// The digits of the currency.
    pub digits: u32,
}

impl Serialize for Cash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.amount.round_to(self.digits).to_f64())
    }
}

impl fmt::Display for Cash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.amount.round_to(self.digits).with_digits(self.digits))
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time =
            |time: Option<Timestamp>| time.map_or_else(|| "-".to_owned(), |time| time.to_string());
        writeln!(f, "session      {}", text::name(&self.name))?;
        writeln!(f, "ticks        {}", self.ticks)?;
        writeln!(f, "clock        {}; times are by it", self.clock)?;
        writeln!(f, "from         {}", time(self.first_time))?;
        writeln!(f, "to           {}", time(self.last_time))?;
        writeln!(f, "commands     {}", self.commands)?;
        writeln!(f, "evaluations  {}, of which signals {}", self.evaluations, self.signals)?;
        writeln!(f, "orders       {}, deals {}", self.orders, self.deals)?;
        writeln!(f, "trades       {} closed, {} open", self.trades, self.positions_open)?;
        writeln!(f, "balance      {}", self.balance)?;
        writeln!(f, "equity       {}", self.equity)?;
        writeln!(f, "net profit   {}", self.net_profit)?;
        writeln!(f, "drawdown     {:.2} %", self.max_drawdown_pct)?;
        writeln!(f, "actions      {}", self.actions_hash)?;
        write!(f, "took         {:.3} s, {:.0} ticks/s", self.elapsed_s, self.ticks_per_s)?;
        let mut warnings = self.warnings.iter().map(|warning| text::line(warning));
        warnings.try_for_each(|warning| write!(f, "\nwarning      {warning}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cash(text: &str) -> Cash {
        Cash { amount: text.parse().unwrap(), digits: 2 }
    }

    fn example() -> Summary {
        Summary {
            name: "small".into(),
            ticks: 1000,
            clock: "UTC+3".into(),
            first_time: Some("2025-09-22T00:00:00.161Z".parse().unwrap()),
            last_time: None,
            commands: 1,
            evaluations: 40,
            signals: 3,
            orders: 2,
            deals: 4,
            trades: 2,
            positions_open: 0,
            balance: cash("10000"),
            equity: cash("10012.345"),
            net_profit: cash("-0.5"),
            max_drawdown_pct: 1.25,
            actions_hash: ContentHash::of(b""),
            elapsed_s: 0.5,
            ticks_per_s: 2000.0,
            warnings: vec!["a hole".to_owned()],
        }
    }

    #[test]
    fn scripts_find_every_field_under_its_name() {
        let text = serde_json::to_string(&example()).unwrap();
        let hash = ContentHash::of(b"");
        let expect = format!(
            r#"{{"name":"small","ticks":1000,"first_time":"2025-09-22T00:00:00.161Z","last_time":null,"commands":1,"evaluations":40,"signals":3,"orders":2,"deals":4,"trades":2,"positions_open":0,"balance":10000.0,"equity":10012.35,"net_profit":-0.5,"max_drawdown_pct":1.25,"actions_hash":"{hash}","elapsed_s":0.5,"ticks_per_s":2000.0,"warnings":["a hole"]}}"#
        );
        assert_eq!(text, expect);
    }

    #[test]
    fn people_read_a_table() {
        let text = example().to_string();
        for line in [
            "trades       2 closed, 0 open",
            "equity       10012.35",
            "net profit   -0.50",
            "took         0.500 s, 2000 ticks/s",
            "warning      a hole",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
    }
}
