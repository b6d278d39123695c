//! Where trading in the symbols of a session differs from the built-in specifications.

use crate::torture::draw::dice::Dice;
use std::collections::BTreeMap;
use toml::{Table, Value};

/// Fields of specifications, by symbol: the filling modes of market orders, and whether their price
/// is the market's or the requested one; in some sessions a volume limit.
pub(super) fn draw(symbols: &[String], dice: &mut Dice) -> BTreeMap<String, Table> {
    symbols
        .iter()
        .map(|name| (name.clone(), fields(dice)))
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
