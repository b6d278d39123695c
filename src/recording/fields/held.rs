//! The field numbers of an owner, and of a position as results and questions show it.

use crate::domain::amount::{Money, Price};
use crate::executor::action::{Owner, PositionData};
use crate::recording::encode::Encoder;

/// An owner, by the field numbers for a strategy, a command and the account.
pub fn owner(out: &mut Encoder, (strategy, command, account): (u32, u32, u32), owner: &Owner) {
    match owner {
        Owner::Strategy(id) => out.blob(strategy, id.as_str().as_bytes()),
        Owner::Command(id) => out.blob(command, id.as_str().as_bytes()),
        Owner::Account => out.number(account, 1),
    }
}

pub fn position(out: &mut Encoder, data: &PositionData) {
    let PositionData {
        ticket,
        owner: whose,
        symbol,
        side,
        volume,
        price_open,
        sl,
        tp,
        profit,
        closing,
    } = data;
    out.number(1, ticket.0);
    owner(out, (2, 12, 13), whose);
    out.number(3, u64::from(symbol.0));
    out.number(4, *side as u64);
    out.signed(5, volume.raw());
    out.signed(7, price_open.raw());
    out.optional_signed(8, sl.map(Price::raw));
    out.optional_signed(9, tp.map(Price::raw));
    out.optional_signed(10, profit.map(Money::raw));
    out.number(11, u64::from(*closing));
}
