//! `sized-by-risk`: an entry whose rules find its volume by a risk loses as much of the equity at its stop
//! loss as they say and no more, and one step more would lose more.

use crate::domain::id::IntentKey;
use crate::domain::symbols_builtin::builtin;
use crate::executor::action::{Request, RequestReason};
use crate::strategy::rules::Rules;
use crate::strategy::sizing::Sizing;
use crate::torture::facts::{Facts, Sent};
use crate::torture::found::Findings;
use std::collections::BTreeSet;

/// The name of the invariant.
pub const NAME: &str = "sized-by-risk";

/// Half a cent a lot, which the loss of one lot is rounded by, and as much for the rest.
const ROUNDING: f64 = 0.02;

/// The entries that were sent.
#[derive(Debug, Default)]
pub struct Sizes(BTreeSet<(u32, IntentKey)>);

impl Sizes {
    /// Takes a request that is sent while the account is worth `equity` for certain. One that is sent
    /// again keeps its volume.
    pub fn sent(
        &mut self,
        facts: &Facts,
        symbols: &[String],
        (place, equity): (usize, Option<f64>),
        found: &mut Findings,
    ) {
        let Sent { trade, line, .. } = &facts.sent[place];
        if trade.why != RequestReason::Signal || !self.0.insert((*line, trade.key)) {
            return;
        }
        let (volume, price, sl) = match &trade.request {
            Request::Open(one) => (one.volume, one.price, one.sl),
            Request::Place(one) => (one.volume, one.price, one.sl),
            _ => return,
        };
        let risked = |rules: &Rules| match rules.risk.sizing {
            Some(Sizing::RiskPercent(percent)) if rules.risk.scaling.is_none() => Some(percent),
            _ => None,
        };
        let mut rules = facts.rules.of(&trade.owner);
        let (Some(percent), None) = (rules.next().and_then(risked), rules.next()) else { return };
        let (Some(equity), Some(sl)) = (equity, sl) else { return };
        found.mark("volume-found-by-a-risk");
        let Some(spec) = builtin(&symbols[trade.request.symbol().index()]) else { return };
        let away = (price.to_f64() - sl.to_f64()).abs() * f64::from(spec.contract_size);
        let of_one_lot = match (spec.currency_base.as_str(), spec.currency_profit.as_str()) {
            (_, "USD") => away,
            // Closed at the stop, the pair converts at that price.
            ("USD", _) => away / sl.to_f64(),
            _ => return,
        };
        let money = equity * percent.to_f64() / 100.0;
        let lost = |lots: f64| lots * of_one_lot;
        let (lots, step) = (volume.to_f64(), spec.volume_step.to_f64());
        let is_too_much = lost(lots) > money + ROUNDING * lots.max(1.0);
        let is_too_little =
            lost(lots + step) < money - ROUNDING * lots.max(1.0) && volume < spec.volume_max;
        if is_too_much || is_too_little {
            found.violate(NAME, || {
                format!(
                    "request {} enters with {volume} lots, which lose {:.2} at the stop: {percent} % of {equity:.2} are risked",
                    trade.cid.0,
                    lost(lots)
                )
            });
        }
    }
}
