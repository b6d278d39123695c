//! `portfolio-risk-holds`: with an entry everything of ours at the broker loses no more at its stops than
//! the session allows, and while something has no stop loss nothing enters.

use crate::domain::amount::{Price, Volume};
use crate::domain::id::SymbolId;
use crate::domain::order::Side;
use crate::domain::symbols_builtin::builtin;
use crate::executor::action::Request;
use crate::torture::facts::Facts;
use crate::torture::found::Findings;
use crate::torture::world::World;

/// The name of the invariant.
pub const NAME: &str = "portfolio-risk-holds";

/// Half a cent for what each loss is rounded by, and by how much of itself one in another currency is
/// uncertain.
const ROUNDING: f64 = 0.01;
const RATE_PART: f64 = 0.002;

/// What loses something at its stop loss.
type AtStop = (SymbolId, Side, Volume, Price, Option<Price>);

/// Takes a request that is sent while the account is worth `equity` for certain.
pub fn sent(
    facts: &Facts,
    (world, symbols): (&World, &[String]),
    (place, equity): (usize, Option<f64>),
    found: &mut Findings,
) {
    let trade = &facts.sent[place].trade;
    let (Some(most), Some(equity)) = (facts.risk.max_portfolio_risk, equity) else { return };
    let own: AtStop = match &trade.request {
        Request::Open(one) => (one.symbol, one.side, one.volume, one.price, one.sl),
        Request::Place(one) => {
            (one.symbol, one.side, one.volume, one.stop_limit.unwrap_or(one.price), one.sl)
        }
        _ => return,
    };
    let ours = world.positions().filter(|position| facts.owner(position.ticket).is_some());
    let open = ours.map(|one| (one.symbol, one.side, one.volume, one.price_open, one.sl));
    let mut sum = 0.0;
    for (symbol, side, volume, price, sl) in open.chain([own]) {
        let Some(sl) = sl else {
            return found.violate(NAME, || {
                format!("request {} enters while something has no stop loss", trade.cid.0)
            });
        };
        let Some(spec) = builtin(&symbols[symbol.index()]) else { return };
        let away = match side {
            Side::Buy => price.to_f64() - sl.to_f64(),
            Side::Sell => sl.to_f64() - price.to_f64(),
        };
        let lost = away.max(0.0) * volume.to_f64() * f64::from(spec.contract_size);
        sum += match (spec.currency_base.as_str(), spec.currency_profit.as_str()) {
            (_, "USD") => lost,
            ("USD", _) => lost / sl.to_f64() * (1.0 - RATE_PART),
            _ => return,
        } - ROUNDING;
    }
    found.mark("risk-at-all-stops");
    if sum > most.to_f64() / 100.0 * equity {
        found.violate(NAME, || {
            format!(
                "request {} enters: {sum:.2} would be lost at all stops, and {most} % of {equity:.2} may be",
                trade.cid.0
            )
        });
    }
}
