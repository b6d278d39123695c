//! Specifications as MT5's `symbol_info()._asdict()` gives them in JSON (MT5 reference 1.4, 3.1).
//!
//! Each symbol is read separately: one that this version cannot model is refused when it is asked
//! for, and does not affect others. Decimals are taken from the number's shortest text, never from
//! its binary value.

use crate::domain::amount::{Points, Price, Volume};
use crate::domain::decimal::{DecimalError, parse_scaled};
use crate::domain::suggest::hint;
use crate::domain::swap::{SwapMode, SwapSize, SwapTerms};
use crate::domain::symbol::{CalcMode, ExecutionMode, OrderModes, SymbolSpec, TradeMode};
use crate::domain::symbols_builtin::builtin;
use crate::wire::json;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A file of specifications, or a symbol in one, that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SymbolInfoError {
    /// The file is not JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// The JSON has another shape.
    #[error(
        "must be one object of `symbol_info()` with its `name`, or an object of such objects by name"
    )]
    Shape,
    /// The symbol is not in the file.
    #[error("`{symbol}` is not in it: {hint}")]
    Unknown {
        /// The requested symbol.
        symbol: String,
        /// What was probably meant.
        hint: String,
    },
    /// A field is missing or of the wrong kind.
    #[error("{symbol}.{field}: {reason}")]
    Field {
        /// The name of the symbol.
        symbol: String,
        /// The name of the field.
        field: &'static str,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// The fields do not fit together.
    #[error("{symbol}: {flaw}")]
    Unsound {
        /// The name of the symbol.
        symbol: String,
        /// What does not fit.
        flaw: &'static str,
    },
}

/// The symbols of a file, each with its specification or the reason why it has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SymbolBook(BTreeMap<String, Result<SymbolSpec, SymbolInfoError>>);

impl SymbolBook {
    /// A symbol's specification.
    ///
    /// # Errors
    /// When the file does not have the symbol, or what it says about it cannot be used.
    pub fn get(&self, name: &str) -> Result<&SymbolSpec, SymbolInfoError> {
        match self.0.get(name) {
            Some(found) => found.as_ref().map_err(Clone::clone),
            None => Err(SymbolInfoError::Unknown {
                symbol: name.to_owned(),
                hint: hint(name, &self.names().collect::<Vec<_>>()),
            }),
        }
    }

    /// The specification in the file, or else the built-in one; none when neither exists. MT5
    /// states no pip, so the built-in pip stays.
    ///
    /// # Errors
    /// When what the file says about the symbol cannot be used.
    pub fn or_builtin(&self, name: &str) -> Result<Option<SymbolSpec>, SymbolInfoError> {
        let base = builtin(name);
        if !self.0.contains_key(name) {
            return Ok(base);
        }
        let pip = base.and_then(|spec| spec.pip);
        self.get(name).map(|listed| Some(SymbolSpec { pip, ..listed.clone() }))
    }

    /// The names of the symbols in the file, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// Reads one `symbol_info()` object, or an object of them by name.
///
/// # Errors
/// When the text is not JSON of that shape. What is wrong with one symbol shows in
/// [`SymbolBook::get`].
pub fn read(text: &str) -> Result<SymbolBook, SymbolInfoError> {
    let value = json::read(text.trim_start_matches('\u{feff}'))
        .map_err(|error| SymbolInfoError::NotJson(error.to_string()))?;
    let Value::Object(map) = value else { return Err(SymbolInfoError::Shape) };
    if let Some(Value::String(name)) = map.get("name") {
        return Ok(SymbolBook(BTreeMap::from([(
            name.clone(),
            Info { symbol: name, map: &map }.spec(),
        )])));
    }
    map.iter()
        .map(|(name, value)| match value {
            Value::Object(map) => Ok((name.clone(), Info { symbol: name, map }.spec())),
            _ => Err(SymbolInfoError::Shape),
        })
        .collect::<Result<_, _>>()
        .map(SymbolBook)
}

/// The fields of one symbol.
struct Info<'a> {
    symbol: &'a str,
    map: &'a Map<String, Value>,
}

impl Info<'_> {
    fn spec(&self) -> Result<SymbolSpec, SymbolInfoError> {
        self.check_name()?;
        let spec = SymbolSpec {
            name: self.symbol.to_owned(),
            digits: self.whole("digits")?,
            tick_size: self.decimal("trade_tick_size", Price::SCALE).map(Price::from_raw)?,
            contract_size: self.whole("trade_contract_size")?,
            calc_mode: self.calc_mode()?,
            execution: self.execution()?,
            trade_mode: self.trade_mode()?,
            stops_level: Points(self.decimal("trade_stops_level", 0)?),
            freeze_level: Points(self.decimal("trade_freeze_level", 0)?),
            filling_mask: self.whole("filling_mode")?,
            volume_min: self.decimal("volume_min", Volume::SCALE).map(Volume::from_raw)?,
            volume_max: self.decimal("volume_max", Volume::SCALE).map(Volume::from_raw)?,
            volume_step: self.decimal("volume_step", Volume::SCALE).map(Volume::from_raw)?,
            margin_initial: self.decimal("margin_initial", Price::SCALE).map(Price::from_raw)?,
            currency_base: self.text("currency_base")?,
            currency_profit: self.text("currency_profit")?,
            currency_margin: self.text("currency_margin")?,
            pip: None,
            volume_limit: self.volume_limit()?,
            order_mode: self.order_mode()?,
            // `symbol_info()` does not report them.
            sessions: Vec::new(),
            swap: self.swap()?,
        };
        match spec.flaw() {
            Some(flaw) => Err(SymbolInfoError::Unsound { symbol: self.symbol.to_owned(), flaw }),
            None => Ok(spec),
        }
    }

    /// The key under which an object is stored and the name in it must be equal.
    fn check_name(&self) -> Result<(), SymbolInfoError> {
        match self.map.get("name") {
            Some(name) if name.as_str() != Some(self.symbol) => {
                Err(self.wrong("name", format!("{name} stands under `{}`", self.symbol)))
            }
            _ => Ok(()),
        }
    }

    fn calc_mode(&self) -> Result<CalcMode, SymbolInfoError> {
        match self.whole("trade_calc_mode")? {
            0 => Ok(CalcMode::Forex),
            2 => Ok(CalcMode::Cfd),
            4 => Ok(CalcMode::CfdLeverage),
            5 => Ok(CalcMode::ForexNoLeverage),
            other => Err(self.wrong(
                "trade_calc_mode",
                format!("mode {other} is not modelled: forex (0, 5) and CFD (2, 4) are"),
            )),
        }
    }

    fn execution(&self) -> Result<ExecutionMode, SymbolInfoError> {
        match self.whole("trade_exemode")? {
            0 => Ok(ExecutionMode::Request),
            1 => Ok(ExecutionMode::Instant),
            2 => Ok(ExecutionMode::Market),
            3 => Ok(ExecutionMode::Exchange),
            other => {
                Err(self
                    .wrong("trade_exemode", format!("{other} is no execution mode: 0 to 3 are")))
            }
        }
    }

    fn trade_mode(&self) -> Result<TradeMode, SymbolInfoError> {
        match self.whole("trade_mode")? {
            0 => Ok(TradeMode::Disabled),
            1 => Ok(TradeMode::LongOnly),
            2 => Ok(TradeMode::ShortOnly),
            3 => Ok(TradeMode::CloseOnly),
            4 => Ok(TradeMode::Full),
            other => Err(self.wrong("trade_mode", format!("{other} is no trade mode: 0 to 4 are"))),
        }
    }

    /// MT5 writes 0 for no limit; files made by hand may leave the field out.
    fn volume_limit(&self) -> Result<Option<Volume>, SymbolInfoError> {
        if !self.map.contains_key("volume_limit") {
            return Ok(None);
        }
        let limit = self.decimal("volume_limit", Volume::SCALE).map(Volume::from_raw)?;
        Ok(Some(limit).filter(|&limit| limit != Volume::ZERO))
    }

    fn order_mode(&self) -> Result<OrderModes, SymbolInfoError> {
        if !self.map.contains_key("order_mode") {
            return Ok(OrderModes::ALL);
        }
        let mask = self.whole("order_mode")?;
        let known = mask & !OrderModes::ALL.0 == 0;
        let wrong = || {
            self.wrong(
                "order_mode",
                format!("{mask} is no mask of order modes: 0 to {} are", OrderModes::ALL.0),
            )
        };
        known.then_some(OrderModes(mask)).ok_or_else(wrong)
    }

    /// What positions cost or earn overnight; none in files that say nothing of it. MT5's Python
    /// module reports the day that counts three times, and not how often the others do.
    fn swap(&self) -> Result<Option<SwapTerms>, SymbolInfoError> {
        if !self.map.contains_key("swap_mode") {
            return Ok(None);
        }
        let day = self.whole("swap_rollover3days")?;
        let Some(day) = usize::try_from(day).ok().filter(|day| *day < 7) else {
            return Err(
                self.wrong("swap_rollover3days", format!("{day} is no weekday: 0 to 6 are"))
            );
        };
        Ok(Some(SwapTerms {
            mode: SwapMode::of_number(self.whole("swap_mode")?),
            long: self.swap_size("swap_long")?,
            short: self.swap_size("swap_short")?,
            days: SwapTerms::tripled_on(day),
        }))
    }

    /// Terminals report sizes as doubles that are not the nearest to what the broker has set, such
    /// as -1.3599999999999999.
    fn swap_size(&self, field: &'static str) -> Result<SwapSize, SymbolInfoError> {
        let size = self.field(field)?.as_f64().and_then(|size| SwapSize::from_f64(size, 8));
        size.ok_or_else(|| {
            self.wrong(field, "must be a number of points, money or percent".to_owned())
        })
    }

    fn field(&self, field: &'static str) -> Result<&Value, SymbolInfoError> {
        self.map.get(field).ok_or_else(|| self.wrong(field, "is missing".to_owned()))
    }

    fn decimal(&self, field: &'static str, scale: u32) -> Result<i64, SymbolInfoError> {
        match self.field(field)? {
            Value::Number(number) => parse_scaled(&number.to_string(), scale)
                .map_err(|error: DecimalError| self.wrong(field, format!("`{number}`: {error}"))),
            other => Err(self.wrong(field, format!("must be a number, not {other}"))),
        }
    }

    fn whole(&self, field: &'static str) -> Result<u32, SymbolInfoError> {
        let value = self.decimal(field, 0)?;
        u32::try_from(value).map_err(|_| {
            self.wrong(field, format!("must be a whole number from 0 to {}, not {value}", u32::MAX))
        })
    }

    fn text(&self, field: &'static str) -> Result<String, SymbolInfoError> {
        match self.field(field)? {
            Value::String(text) if !text.is_empty() => Ok(text.clone()),
            other => Err(self.wrong(field, format!("must be a currency such as USD, not {other}"))),
        }
    }

    fn wrong(&self, field: &'static str, reason: String) -> SymbolInfoError {
        SymbolInfoError::Field { symbol: self.symbol.to_owned(), field, reason }
    }
}
