//! Where trading in the symbols of a session differs from the built-in specifications.

use crate::torture::draw::dice::Dice;
use std::collections::BTreeMap;
use toml::{Table, Value};

/// Masks of kinds of orders and stops that a symbol takes: all but stop losses, take profits, pending
/// orders, stop and stop-limit orders, limit orders, close-by. Without market orders nothing could be
/// closed.
const ORDER_MODES: [u32; 6] = [127 - 16, 127 - 32, 127 - 2 - 4 - 8, 127 - 4 - 8, 127 - 2, 127 - 64];

/// Fields of specifications, by symbol: the filling modes of market orders, and whether their price
/// is the market's or the requested one; in some sessions a volume limit, or kinds of orders that are
/// not taken.
pub(super) fn draw(symbols: &[String], seed: u64) -> BTreeMap<String, Table> {
    let (mut dice, mut modes) = (Dice::new("symbols", seed), Dice::new("order modes", seed));
    symbols
        .iter()
        .map(|name| {
            let mut fields = fields(&mut dice);
            if let Some(mask) = modes.maybe(6, |modes| modes.pick(&ORDER_MODES)) {
                fields.insert("order_mode".to_owned(), Value::from(mask));
            }
            (name.clone(), fields)
        })
        .filter(|(_, fields)| !fields.is_empty())
        .collect()
}

fn fields(dice: &mut Dice) -> Table {
    // A built-in symbol accepts fill or kill, and never fills an order in part.
    let (execution, filling_mask) = dice.pick(&[
        ("market", 3),
        ("market", 2),
        ("market", 2),
        ("exchange", 0),
        ("exchange", 2),
        ("instant", 3),
    ]);
    let mut fields = Table::new();
    if (execution, filling_mask) != ("market", 3) {
        fields.insert("execution".to_owned(), Value::from(execution));
        fields.insert("filling_mask".to_owned(), Value::from(filling_mask));
    }
    if let Some(lots) = dice.maybe(10, |dice| dice.pick(&["0.25", "0.5", "1"])) {
        fields.insert("volume_limit".to_owned(), Value::from(lots));
    }
    fields
}
