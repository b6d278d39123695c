//! The field numbers of a question to a strategy in another process.

use super::held::position;
use crate::domain::amount::Money;
use crate::executor::action::{AccountWorth, FiniteNumber, LineValue, Question};
use crate::market::bar::Bar;
use crate::recording::encode::Encoder;

pub fn question(out: &mut Encoder, question: &Question) {
    let Question {
        strategy,
        command,
        begins,
        deadline,
        deadline_ms,
        symbol,
        timeframe,
        parameters,
        bar: closed,
        earlier: _,
        values,
        quote,
        positions,
        account,
    } = question;
    out.blob(1, strategy.as_str().as_bytes());
    command.iter().for_each(|part| out.group(2, |out| out.blob(1, part.as_bytes())));
    out.number(3, u64::from(*begins));
    out.signed(4, deadline.nanos());
    out.number(5, u64::from(*deadline_ms));
    out.blob(6, symbol.as_bytes());
    out.number(7, *timeframe as u64);
    for (name, value) in parameters {
        out.group(8, |out| {
            out.blob(1, name.as_bytes());
            out.signed(2, value.raw());
        });
    }
    out.group(9, |out| bar(out, closed));
    for LineValue { line, value } in values {
        out.group(10, |out| {
            out.blob(1, line.as_bytes());
            out.optional(2, value.map(|figure: FiniteNumber| figure.get().to_bits()));
        });
    }
    out.optional_signed(11, quote.map(|(bid, _)| bid.raw()));
    out.optional_signed(12, quote.map(|(_, ask)| ask.raw()));
    positions.iter().for_each(|one| out.group(13, |out| position(out, one)));
    if let Some(AccountWorth { currency, balance, equity }) = account {
        out.group(14, |out| {
            out.blob(1, currency.as_bytes());
            out.signed(2, balance.raw());
            out.optional_signed(3, equity.map(Money::raw));
        });
    }
}

fn bar(out: &mut Encoder, bar: &Bar) {
    let Bar { time_msc, open, high, low, close, tick_volume, spread, real_volume } = bar;
    out.signed(1, time_msc.0);
    for (field, price) in (2..).zip([open, high, low, close]) {
        out.signed(field, price.raw());
    }
    out.number(6, *tick_volume);
    out.signed(7, spread.0);
    out.number(8, *real_volume);
}
