//! `atr_breakout`: buys where a bar closes so many average true ranges above its moving average,
//! sells where it closes so many below; stops by the same range; one position a side.

use super::parts::{averaged, factor, line, test};
use crate::domain::amount::Ratio;
use crate::strategy::condition::{Constant, LineAt, Operand, Relation, Signals, Term};
use crate::strategy::distance::{Distance, TakeProfit};
use crate::strategy::filter::Filters;
use crate::strategy::management::Management;
use crate::strategy::rules::{EntryRule, Exit, OppositeSignal, RiskRules, Rules};
use crate::wire::fields::Fields;
use crate::wire::refusal::Refusal;

const ONE: Constant = Constant::from_raw(1_000_000_000);
const TWO: Constant = Constant::from_raw(2_000_000_000);

/// `smaPeriod` (20) and `atrPeriod` (14); `multiplier` (2) says how many ranges from the average a
/// close must lie, `stopMultiplier` (2) and `profitMultiplier` (4) how far the stops lie from the
/// entry. The average true range is MT5's.
///
/// One position a side is two at most; `riskManagement.maxPositions` may only lower that.
pub(super) fn make(parameters: &Fields<'_>) -> Result<Rules, Refusal> {
    let factors = ["multiplier", "stopMultiplier", "profitMultiplier"];
    parameters.only(&[&["smaPeriod", "atrPeriod"], &factors[..]].concat(), &[])?;
    let [multiplier, stop, profit] = factors;
    let average = LineAt::own(averaged(parameters, "sma", "smaPeriod", 20)?);
    let range = LineAt::own(averaged(parameters, "atr", "atrPeriod", 14)?);
    let times = factor(parameters, multiplier, TWO)?;
    let beyond = |is, times| {
        let terms =
            vec![Term { of: average.clone(), times: ONE }, Term { of: range.clone(), times }];
        Some(test(Operand::Line(line("close")), is, Operand::Sum(terms)))
    };
    let away = |name: &str, ranges: i64| -> Result<Distance, Refusal> {
        let times = factor(parameters, name, Ratio::from_raw(ranges * 10_000))?;
        Ok(Distance::Line { of: range.clone(), times })
    };
    Ok(Rules {
        entry: EntryRule::When(Box::new(Signals {
            buy: beyond(Relation::Above, times),
            sell: beyond(Relation::Below, Constant::from_raw(-times.raw())),
        })),
        order: None,
        exit: Exit {
            opposite_signal: OppositeSignal::Ignore,
            stop_loss: Some(away(stop, 2)?),
            take_profit: Some(TakeProfit::At(away(profit, 4)?)),
            conditions: None,
            management: Management::default(),
        },
        risk: RiskRules { max_open_trades: Some(2), max_per_side: Some(1), ..RiskRules::default() },
        filters: Filters::default(),
        timeframe: None,
    })
}
