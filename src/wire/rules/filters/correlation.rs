//! The filter `correlation`: signals enter while the symbol moves with another one, or against it.

use crate::domain::decimal::pow10;
use crate::strategy::condition::{BARS_AGO_MAX, Constant};
use crate::strategy::correlation::{CORRELATION_BARS_MIN, Correlation};
use crate::wire::fields::Fields;
use crate::wire::refusal::Refusal;
use crate::wire::rules::parts::timeframe;

/// Reads the filter.
pub(super) fn read(fields: &Fields<'_>) -> Result<Correlation, Refusal> {
    fields.only(&["enabled", "symbol", "period", "timeframe", "min", "max"], &[])?;
    let symbol = fields.required("symbol", fields.text("symbol")?)?;
    if symbol.is_empty() {
        return Err(fields.wrong("symbol", "must not be empty"));
    }
    let bars_ago = fields.required("period", fields.count("period", CORRELATION_BARS_MIN)?)?;
    if bars_ago > BARS_AGO_MAX {
        return Err(fields.wrong("period", format!("must be at most {BARS_AGO_MAX}")));
    }
    let (least, most) = (bound(fields, "min")?, bound(fields, "max")?);
    match (least, most) {
        (None, None) => return Err(fields.wrong("min", "is required, or max")),
        (Some(least), Some(most)) if least > most => {
            return Err(fields.wrong("min", format!("{least} is more than max, which is {most}")));
        }
        _ => {}
    }
    let [own, other] = Correlation::closes(Some(symbol.to_owned()), bars_ago, timeframe(fields)?);
    Ok(Correlation { own, other, least, most })
}

/// A correlation.
fn bound(fields: &Fields<'_>, name: &str) -> Result<Option<Constant>, Refusal> {
    let one = Constant::from_raw(pow10(Constant::SCALE));
    match fields.decimal::<Constant>(name)? {
        Some(bound) if bound < -one || bound > one => {
            Err(fields.wrong(name, "must be from -1 to 1, as correlations are"))
        }
        bound => Ok(bound),
    }
}
