//! `swing_trend_momentum`: enters where a close crosses the swing line against its direction, on the
//! side to which the currencies of the symbol trend on a longer timeframe.
//!
//! The trigger of a buy: the close a bar ago was below the swing line of then, the close is above the
//! swing line, which still falls and lies above the swing line of the longer timeframe. That of a
//! sell is the mirror image.
//!
//! A currency trends by its basket of symbols: the trend of a symbol is the line `swing_line_trend`
//! (2, 1, −1 or −2), with the other sign where the symbol quotes in the currency (`inverted`). The
//! trend of the currency is 2 only if that of each of its n symbols is, which is to say that their
//! sum is at least 2·n; and it is below 0 if their mean is, which is to say that their sum is. So a
//! basket may be of any strength where only its sign counts. A buy needs a base currency of trend 2
//! and a quote currency of trend below 0; a sell the opposite.

use super::parts::{averaged, factor, line, test};
use crate::domain::amount::Ratio;
use crate::market::timeframe::Timeframe;
use crate::strategy::condition::{
    Condition, Constant, LineAt, Operand, Relation, Signals, TERMS_MAX, Term,
};
use crate::strategy::distance::{Distance, TakeProfit};
use crate::strategy::filter::Filters;
use crate::strategy::management::Management;
use crate::strategy::rules::{EntryRule, Exit, OppositeSignal, RiskRules, Rules};
use crate::wire::fields::Fields;
use crate::wire::refusal::Refusal;

const TENTH: Ratio = Ratio::from_raw(1_000);
const TWO: Ratio = Ratio::from_raw(20_000);
const BASE: &str = "baseBasket";
const QUOTE: &str = "quoteBasket";
const TREND_TIMEFRAME: &str = "trendTimeframe";
const RANGE_TIMEFRAME: &str = "rangeTimeframe";
const PROFIT: &str = "profitRatio";

/// `timeframe` (M5) is that of the entries, `trendTimeframe` (H1) that of the trends; `baseBasket`
/// and `quoteBasket` are lists of `{symbol, inverted}`, by default the strategy's own symbol, which
/// the quote currency reads inverted. The stop loss is a tenth of the average range of `rangePeriod`
/// (10) bars of `rangeTimeframe` (D1) in whole pips, the take profit `profitRatio` (2) times as far.
pub(super) fn make(parameters: &Fields<'_>) -> Result<Rules, Refusal> {
    let known = ["timeframe", TREND_TIMEFRAME, BASE, QUOTE, RANGE_TIMEFRAME, "rangePeriod", PROFIT];
    parameters.only(&known, &[])?;
    let own = timeframe(parameters, "timeframe", Timeframe::M5)?;
    let trend = timeframe(parameters, TREND_TIMEFRAME, Timeframe::H1)?;
    if trend <= own {
        let reason = format!("must be longer than that of the entries, {own}, not {trend}");
        return Err(parameters.wrong(TREND_TIMEFRAME, reason));
    }
    let base = basket(parameters, BASE, trend, false)?;
    let quote = basket(parameters, QUOTE, trend, true)?;
    let range = LineAt {
        timeframe: Some(timeframe(parameters, RANGE_TIMEFRAME, Timeframe::D1)?),
        ..LineAt::own(averaged(parameters, "adr", "rangePeriod", 10)?)
    };
    let stop_loss = Distance::Whole(Box::new(Distance::Line { of: range, times: TENTH }));
    let ratio = factor(parameters, PROFIT, TWO)?;
    let side = |sign| Some(entry(sign, trend, &base, &quote));
    Ok(Rules {
        entry: EntryRule::When(Box::new(Signals { buy: side(1), sell: side(-1) })),
        order: None,
        exit: Exit {
            opposite_signal: OppositeSignal::Ignore,
            stop_loss: Some(stop_loss),
            take_profit: Some(TakeProfit::Ratio(ratio)),
            conditions: None,
            management: Management::default(),
        },
        risk: RiskRules::default(),
        filters: Filters::default(),
        timeframe: Some(own),
    })
}

/// The conditions of a buy, or of a sell, which is its mirror image.
fn entry(sign: i64, trend: Timeframe, base: &[Term], quote: &[Term]) -> Condition {
    use Relation::{Above, AtLeast, AtMost, Below, Equal};
    let number = |whole: i64| Operand::Number(Constant::from_raw(whole * 1_000_000_000));
    let of = |name: &str| Operand::Line(line(name));
    let ago = |name: &str| Operand::Line(LineAt { bars_ago: 1, ..line(name) });
    let longer = LineAt { timeframe: Some(trend), ..line("swing_line") };
    let (beyond, behind, at_least) =
        if sign > 0 { (Above, Below, AtLeast) } else { (Below, Above, AtMost) };
    let count = i64::try_from(base.len()).expect("a basket is small");
    Condition::All(vec![
        test(ago("close"), behind, ago("swing_line")),
        test(of("close"), beyond, of("swing_line")),
        test(of("swing_line_direction"), Equal, number(-sign)),
        test(of("swing_line"), beyond, Operand::Line(longer)),
        test(Operand::Sum(base.to_vec()), at_least, number(2 * sign * count)),
        test(Operand::Sum(quote.to_vec()), behind, number(0)),
    ])
}

fn timeframe(
    parameters: &Fields<'_>,
    name: &str,
    default: Timeframe,
) -> Result<Timeframe, Refusal> {
    let read = parameters.text(name)?.map(str::parse::<Timeframe>).transpose();
    Ok(read.map_err(|error| parameters.wrong(name, error.to_string()))?.unwrap_or(default))
}

/// The trends of a basket; none given means the strategy's own symbol.
fn basket(
    parameters: &Fields<'_>,
    name: &str,
    trend: Timeframe,
    own_inverted: bool,
) -> Result<Vec<Term>, Refusal> {
    let term = |symbol: Option<&str>, is_inverted: bool| Term {
        of: LineAt {
            timeframe: Some(trend),
            symbol: symbol.map(str::to_owned),
            ..line("swing_line_trend")
        },
        times: Constant::from_raw(if is_inverted { -1_000_000_000 } else { 1_000_000_000 }),
    };
    if parameters.get(name).is_none() {
        return Ok(vec![term(None, own_inverted)]);
    }
    let (mut terms, mut seen) = (Vec::new(), Vec::new());
    for item in parameters.objects(name)? {
        item.only(&["symbol", "inverted"], &[])?;
        let symbol = item.required("symbol", item.text("symbol")?)?;
        if seen.contains(&symbol) {
            return Err(item.wrong("symbol", format!("{symbol} is in the basket already")));
        }
        seen.push(symbol);
        terms.push(term(Some(symbol), item.flag("inverted")?.unwrap_or(false)));
    }
    if terms.len() > TERMS_MAX {
        let reason = format!("must be of 1 to {TERMS_MAX} symbols, not {}", terms.len());
        return Err(parameters.wrong(name, reason));
    }
    Ok(terms)
}
