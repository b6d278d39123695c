//! Two runs beside one another, in money: what if?

use crate::domain::money::currency_digits;
use crate::domain::text;
use crate::report::paths::Paths;
use crate::report::run_result::{RunResult, Sums};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;

/// What two runs came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Beside {
    /// The deposit currency of both.
    pub currency: String,
    /// The first.
    pub then: RunResult,
    /// The second.
    pub now: RunResult,
    /// Where they part and meet again.
    pub paths: Paths,
}

impl Beside {
    /// Puts two runs on accounts in the same currency beside one another.
    #[must_use]
    pub fn of(then: RunResult, now: RunResult, currency: &str) -> Self {
        let paths = Paths::of(&then.moments, &now.moments);
        Self { currency: currency.to_owned(), then, now, paths }
    }
}

impl fmt::Display for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { currency, then, now, paths } = self;
        writeln!(f, "{paths}\n")?;
        writeln!(f, "{}", Row::HEAD)?;
        let nothing = Sums::default();
        let names: BTreeSet<&String> =
            then.by_strategy.keys().chain(now.by_strategy.keys()).collect();
        let of = |outcome: &'_ RunResult, name: &String| {
            outcome.by_strategy.get(name).unwrap_or(&nothing).clone()
        };
        let mut rows = vec![("all", then.all.clone(), now.all.clone())];
        rows.extend(names.iter().map(|name| (name.as_str(), of(then, name), of(now, name))));
        let last = rows.len() - 1;
        for (place, (name, then, now)) in rows.iter().enumerate() {
            let name = text::name(name);
            writeln!(f, "{}", Row { name: &name, when: "then", sums: then, currency })?;
            write!(f, "{}", Row { name: "", when: "now", sums: now, currency })?;
            if place < last {
                writeln!(f)?;
            }
        }
        Ok(())
    }
}

/// The sums of a strategy in one line.
struct Row<'a> {
    name: &'a str,
    when: &'a str,
    sums: &'a Sums,
    currency: &'a str,
}

impl Row<'_> {
    const HEAD: &'static str = "                            trades    won           net      drawdown  orders  refused  open";
}

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, when, sums, currency } = self;
        let Sums { trades, won, net, drawdown, orders, open, .. } = sums;
        let digits = currency_digits(currency);
        let (net, drawdown) = (net.with_digits(digits), drawdown.with_digits(digits));
        let refused = sums.refusals();
        write!(
            f,
            "{name:<22} {when:<4} {trades:>6} {won:>6} {net:>13} {drawdown:>13} {orders:>7} {refused:>8} {open:>5}"
        )
    }
}
