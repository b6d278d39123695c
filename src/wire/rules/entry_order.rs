//! How a signal enters, as every dialect writes it: `order {type: market | limit | stop, offset,
//! expiryBars}` (executor 3.4).

use super::exit;
use crate::domain::order::PendingKind;
use crate::domain::suggest::hint;
use crate::strategy::entry_order::{EXPIRY_BARS_MAX, EntryOrder};
use crate::wire::fields::Fields;
use crate::wire::refusal::Refusal;

const KINDS: &[&str] = &["market", "limit", "stop"];

/// Reads the object in the field `name`; none enters at the market.
pub(super) fn read(fields: &Fields<'_>, name: &str) -> Result<Option<EntryOrder>, Refusal> {
    let Some(order) = fields.object(name)? else { return Ok(None) };
    order.only(&["type", "offset", "expiryBars"], &[])?;
    let kind = match order.required("type", order.text("type")?)? {
        "limit" => PendingKind::Limit,
        "stop" => PendingKind::Stop,
        "market" => {
            let needless = ["offset", "expiryBars"].into_iter().find(|it| order.get(it).is_some());
            return needless.map_or(Ok(None), |needless| {
                Err(order.wrong(needless, "belongs to a pending order: give `limit` or `stop`"))
            });
        }
        other => {
            let reason = format!("`{other}` is no order of an entry: {}", hint(other, KINDS));
            return Err(order.wrong("type", reason));
        }
    };
    let offset = order.required("offset", exit::gain(&order, "offset")?)?;
    let expiry_bars = order.count("expiryBars", 1)?;
    if expiry_bars.is_some_and(|bars| bars > EXPIRY_BARS_MAX) {
        return Err(order.wrong("expiryBars", format!("must be at most {EXPIRY_BARS_MAX}")));
    }
    Ok(Some(EntryOrder { kind, offset, expiry_bars }))
}
