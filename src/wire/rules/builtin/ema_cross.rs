//! `ema_cross`: enters on the crossing of two EMAs, both ways, and leaves on the opposite one; the
//! plain crossing of dialect R1.

use super::parts::averaged;
use crate::domain::amount::Pips;
use crate::strategy::distance::{Distance, TakeProfit};
use crate::strategy::filter::Filters;
use crate::strategy::management::Management;
use crate::strategy::rules::{
    Direction, EntryRule, Exit, IndicatorCross, OppositeSignal, RiskRules, Rules,
};
use crate::wire::fields::Fields;
use crate::wire::refusal::Refusal;

/// `fast` (20) and `slow` (50) are the periods; `stopLossPips` and `takeProfitPips` (none) the stops.
pub(super) fn make(parameters: &Fields<'_>) -> Result<Rules, Refusal> {
    parameters.only(&["fast", "slow", "stopLossPips", "takeProfitPips"], &[])?;
    let fast = averaged(parameters, "ema", "fast", 20)?;
    let slow = averaged(parameters, "ema", "slow", 50)?;
    if fast == slow {
        let reason = format!("{slow} never crosses itself: `fast` has the same period");
        return Err(parameters.wrong("slow", reason));
    }
    let pips = |name: &str| Ok(parameters.above_zero::<Pips>(name)?.map(Distance::Pips));
    Ok(Rules {
        entry: EntryRule::Cross(IndicatorCross { fast, slow, direction: Direction::Both }),
        order: None,
        exit: Exit {
            opposite_signal: OppositeSignal::Close,
            stop_loss: pips("stopLossPips")?,
            take_profit: pips("takeProfitPips")?.map(TakeProfit::At),
            conditions: None,
            management: Management::default(),
        },
        risk: RiskRules::default(),
        filters: Filters::default(),
        timeframe: None,
    })
}
