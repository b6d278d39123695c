//! Closed trades as CSV.

use crate::domain::amount::{Money, Price};
use crate::domain::money::currency_digits;
use crate::domain::symbol::SymbolSpec;
use crate::domain::text;
use crate::executor::action::TradeClosed;
use std::io::Write;

/// The columns. Times are the server's milliseconds, as in the tick files. Volumes have at least 2
/// digits, prices those of the symbol, money those of the deposit currency. A stop that was not set
/// is empty. Names are made safe to show ([`text`]).
pub const COLUMNS: [&str; 15] = [
    "position",
    "symbol",
    "strategy",
    "side",
    "volume",
    "open_time_msc",
    "open_price",
    "sl",
    "tp",
    "close_time_msc",
    "close_price",
    "reason",
    "profit",
    "commission",
    "swap",
];

/// Writes trades as they close.
#[derive(Debug)]
pub struct TradesCsv<W: Write> {
    out: csv::Writer<W>,
    money_digits: u32,
}

impl<W: Write> TradesCsv<W> {
    /// Writes the column names; `currency` is the deposit currency.
    ///
    /// # Errors
    /// Errors of `out`.
    pub fn new(out: W, currency: &str) -> Result<Self, csv::Error> {
        let mut out = csv::Writer::from_writer(out);
        out.write_record(COLUMNS)?;
        Ok(Self { out, money_digits: currency_digits(currency) })
    }

    /// Writes one trade; `spec` is the specification of its symbol.
    ///
    /// # Errors
    /// Errors of `out`.
    pub fn push(&mut self, trade: &TradeClosed, spec: &SymbolSpec) -> Result<(), csv::Error> {
        let price = |price: Price| price.with_digits(spec.digits);
        let money = |money: Money| money.with_digits(self.money_digits);
        self.out.write_record([
            trade.position.to_string(),
            text::sentence(&spec.name).into_owned(),
            text::sentence(trade.owner.name()).into_owned(),
            trade.side.name().to_owned(),
            trade.volume.with_digits(2),
            trade.open_time_msc.0.to_string(),
            price(trade.open_price),
            trade.sl.map_or_else(String::new, price),
            trade.tp.map_or_else(String::new, price),
            trade.close_time_msc.0.to_string(),
            price(trade.close_price),
            trade.reason.name().to_owned(),
            money(trade.profit),
            money(trade.commission),
            money(trade.swap),
        ])
    }

    /// Flushes everything and returns `out`.
    ///
    /// # Errors
    /// Errors of `out`.
    pub fn finish(self) -> Result<W, csv::Error> {
        Ok(self.out.into_inner().map_err(|error| error.into_error())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{SymbolId, Ticket};
    use crate::domain::order::Side;
    use crate::domain::symbols_builtin::builtin;
    use crate::domain::time::ServerMsc;
    use crate::executor::action::CloseReason;

    #[test]
    fn a_trade_is_a_line() {
        let mut text = Vec::new();
        let mut csv = TradesCsv::new(&mut text, "USD").unwrap();
        let trade = TradeClosed {
            position: Ticket(2),
            owner: crate::executor::action::Owner::Strategy("a,b".into()),
            symbol: SymbolId(0),
            side: Side::Buy,
            volume: "0.1".parse().unwrap(),
            open_time_msc: ServerMsc(1_758_499_260_000),
            open_price: "1.1742".parse().unwrap(),
            sl: Some("1.1732".parse().unwrap()),
            tp: None,
            close_time_msc: ServerMsc(1_758_499_320_500),
            close_price: "1.1732".parse().unwrap(),
            reason: CloseReason::Sl,
            profit: "-10".parse().unwrap(),
            commission: "-0.7".parse().unwrap(),
            swap: Money::ZERO,
        };
        csv.push(&trade, &builtin("EURUSD").unwrap()).unwrap();
        csv.finish().unwrap();
        let expect = "position,symbol,strategy,side,volume,open_time_msc,open_price,sl,tp,close_time_msc,close_price,reason,profit,commission,swap\n\
                      2,EURUSD,\"a,b\",buy,0.10,1758499260000,1.17420,1.17320,,1758499320500,1.17320,sl,-10.00,-0.70,0.00\n";
        assert_eq!(String::from_utf8(text).unwrap(), expect);
    }
}
