//! The fields of a specification in a session's table `[symbol.NAME]`: they override what else is
//! known about the symbol.

use crate::domain::suggest::hint;
use crate::domain::symbol::SymbolSpec;
use crate::domain::symbols_builtin::{NAMES, builtin};
use toml::{Table, Value};

/// The fields that may be given; the name is the table's key.
const FIELDS: [&str; 21] = [
    "digits",
    "tick_size",
    "contract_size",
    "calc_mode",
    "execution",
    "trade_mode",
    "stops_level",
    "freeze_level",
    "filling_mask",
    "volume_min",
    "volume_max",
    "volume_step",
    "margin_initial",
    "currency_base",
    "currency_profit",
    "currency_margin",
    "pip",
    "volume_limit",
    "order_mode",
    "sessions",
    "swap",
];

/// The fields that may be left out.
const OPTIONAL: [&str; 6] = ["pip", "tick_size", "volume_limit", "order_mode", "sessions", "swap"];

/// What makes a table unusable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecFlaw {
    /// The field at fault; none when the fields do not fit together.
    pub field: Option<String>,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl SpecFlaw {
    fn of(field: &str, reason: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), reason: reason.into() }
    }

    fn whole(reason: impl Into<String>) -> Self {
        Self { field: None, reason: reason.into() }
    }
}

/// The specification of `name`: `base` overridden by the fields of `own`. Digits given without a
/// `tick_size` set the tick size to one point.
///
/// # Errors
/// The first field that is unknown, missing or unusable, or why the whole is not sound.
pub fn overlay(name: &str, base: Option<SymbolSpec>, own: &Table) -> Result<SymbolSpec, SpecFlaw> {
    if let Some(field) = own.keys().find(|field| !FIELDS.contains(&field.as_str())) {
        return Err(SpecFlaw::of(field, format!("unknown field: {}", hint(field, &FIELDS))));
    }
    let missing: Vec<&str> = FIELDS
        .into_iter()
        .filter(|field| !OPTIONAL.contains(field) && !own.contains_key(*field))
        .collect();
    if base.is_none() && !missing.is_empty() {
        return Err(SpecFlaw::whole(format!(
            "nothing is built in for `{name}`, so that these are needed too: {}",
            missing.join(", ")
        )));
    }
    // When every field is overridden, any sound specification will do as the base.
    let ground =
        base.or_else(|| builtin(NAMES[0])).map(|spec| SymbolSpec { name: name.to_owned(), ..spec });
    let mut table = ground.and_then(|spec| Table::try_from(spec).ok()).unwrap_or_default();
    for (field, value) in own {
        table.insert(field.clone(), value.clone());
        // Fields are read one by one, so that the one at fault can be named.
        let read: Result<SymbolSpec, _> = Value::Table(table.clone()).try_into();
        read.map_err(|error| SpecFlaw::of(field, error.message()))?;
    }
    let spec: SymbolSpec = Value::Table(table)
        .try_into()
        .map_err(|error: toml::de::Error| SpecFlaw::whole(error.message()))?;
    let has_own_point = own.contains_key("digits") && !own.contains_key("tick_size");
    let spec =
        if has_own_point { spec.clone().with_digits(spec.digits).unwrap_or(spec) } else { spec };
    spec.flaw().map_or(Ok(spec), |flaw| Err(SpecFlaw::whole(flaw)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::amount::{Price, Volume};
    use crate::domain::swap::{SwapMode, SwapSize, SwapTerms};
    use crate::domain::symbol::{OrderModes, TradeSession};

    fn every_field() -> SymbolSpec {
        SymbolSpec {
            volume_limit: Some(Volume::from_raw(1)),
            order_mode: OrderModes(1),
            sessions: vec![TradeSession { day: 1, from_minute: 0, to_minute: 1 }],
            swap: Some(SwapTerms {
                mode: SwapMode::Points,
                long: SwapSize::from_raw(-1),
                short: SwapSize::ZERO,
                days: SwapTerms::tripled_on(5),
            }),
            ..builtin("XAUUSD").unwrap()
        }
    }

    fn table(text: &str) -> Table {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn every_field_of_a_specification_can_be_stated() {
        let table = Table::try_from(every_field()).unwrap();
        let mut fields: Vec<&str> =
            table.keys().map(String::as_str).filter(|field| *field != "name").collect();
        let mut known = FIELDS.to_vec();
        fields.sort_unstable();
        known.sort_unstable();
        assert_eq!(fields, known);
    }

    #[test]
    fn what_is_stated_goes_before_what_is_known_and_is_enough_by_itself() {
        let mut all = Table::try_from(every_field()).unwrap();
        all.remove("name");
        for base in [None, builtin("EURUSD")] {
            assert_eq!(
                overlay("GOLD", base, &all).unwrap(),
                SymbolSpec { name: "GOLD".to_owned(), ..every_field() }
            );
        }
        let spec = overlay("EURUSD", builtin("EURUSD"), &table("stops_level = 7")).unwrap();
        assert_eq!((spec.stops_level.0, spec.digits), (7, 5));
    }

    #[test]
    fn digits_alone_make_the_smallest_step_a_point() {
        let tick_size =
            |own| overlay("EURUSD", builtin("EURUSD"), &table(own)).map(|spec| spec.tick_size);
        assert_eq!(tick_size("digits = 4"), Ok(Price::from_raw(100_000)));
        assert_eq!(tick_size("digits = 4\ntick_size = \"0.0005\""), Ok(Price::from_raw(500_000)));
    }

    #[test]
    fn a_table_that_is_wrong_is_told_by_its_field() {
        for (own, field, reason) in [
            ("digit = 4", Some("digit"), "did you mean `digits`"),
            ("digits = \"many\"", Some("digits"), "invalid type"),
            ("digits = 10", None, "digits must be 0 to 9"),
            ("contract_size = 0", None, "contract_size must be above 0"),
        ] {
            let flaw = overlay("EURUSD", builtin("EURUSD"), &table(own)).unwrap_err();
            assert_eq!(flaw.field.as_deref(), field, "{flaw:?}");
            assert!(flaw.reason.contains(reason), "{flaw:?}");
        }
        let flaw = overlay("XYZ", None, &table("digits = 4")).unwrap_err();
        assert!(
            flaw.field.is_none() && flaw.reason.contains("needed too: contract_size, calc_mode"),
            "{flaw:?}"
        );
    }
}
