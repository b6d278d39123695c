//! Swaps and levels of the margin: a third of the sessions charge swaps and last over a midnight, and
//! in one of ten the margin levels are so high that positions are stopped out.

use crate::domain::amount::{Money, Percent};
use crate::session::description::{MarginLevels, SessionFile};
use crate::torture::draw::dice::Dice;
use toml::{Table, Value};

const MODES: &[&str] = &[
    "points",
    "points",
    "currency_symbol",
    "currency_margin",
    "currency_deposit",
    "interest_current",
    "interest_open",
    "disabled",
];

/// Draws whether swaps are charged, and which; where they are, gives the shift, in hours, with which
/// the session begins shortly before a midnight of the first days of the week.
pub(super) fn swaps(file: &mut SessionFile, dice: &mut Dice) -> Option<i64> {
    if !dice.percent(35) {
        return None;
    }
    file.broker.swaps = true;
    for name in &file.symbols {
        let terms = Value::Table(terms(name, dice));
        file.symbol.entry(name.clone()).or_default().insert("swap".to_owned(), terms);
    }
    Some(dice.pick(&[21, 22, 23, 24 + 22, 48 + 21, 48 + 22, 48 + 23, 72 + 22]))
}

fn terms(name: &str, dice: &mut Dice) -> Table {
    // Nothing tells the value of gold but the symbol itself.
    let mode = match dice.pick(MODES) {
        "currency_symbol" if name == "XAUUSD" => "currency_margin",
        mode => mode,
    };
    // Amounts that a few small positions notice.
    let sizes: &[&str] = match mode {
        "points" => &["-7.6", "0.6", "-38.6", "120", "-240.5", "-1900", "0"],
        "interest_current" | "interest_open" => &["-3.6", "1.25", "-45", "80"],
        _ => &["-2.4", "-31", "12.5", "0.07", "-150", "-1200"],
    };
    let days = dice.pick(&[[0, 1, 1, 3, 1, 1, 0], [0, 1, 1, 1, 3, 1, 0], [1, 2, 1, 0, 1, 1, 1]]);
    let mut terms = Table::new();
    terms.insert("mode".to_owned(), Value::from(mode));
    terms.insert("long".to_owned(), Value::from(dice.pick(sizes)));
    terms.insert("short".to_owned(), Value::from(dice.pick(sizes)));
    terms.insert("days".to_owned(), Value::from(days.to_vec()));
    terms
}

/// The levels of an account that begins with `balance`.
pub(super) fn levels(balance: Money, dice: &mut Dice) -> MarginLevels {
    let percent = |text: &str| text.parse::<Percent>().expect("a percentage");
    match dice.between(0, 19) {
        0 => {
            let away: Money = dice.pick(&["1", "4", "15", "60"]).parse().expect("an amount");
            MarginLevels::Money { call: balance, so: balance - away }
        }
        1 => {
            let (call, so) = dice.pick(&[("400", "300"), ("2000", "1500"), ("9000", "7000")]);
            MarginLevels::Percent { call: percent(call), so: percent(so) }
        }
        _ => MarginLevels::default(),
    }
}
