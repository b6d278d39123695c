//! What a blank cell of a tick repeats: the value of the row before it in time.

use crate::domain::amount::Price;
use crate::domain::tick::{Tick, TickFlags};

/// Bits of what a row leaves blank: those of MT5's flags, and one for the flags themselves.
pub mod blank {
    /// Bid.
    pub const BID: u8 = 2;
    /// Ask.
    pub const ASK: u8 = 4;
    /// The price of the last deal.
    pub const LAST: u8 = 8;
    /// The volume of the last deal.
    pub const VOLUME: u8 = 16;
    /// The flags.
    pub const FLAGS: u8 = 128;
}

/// The values of the rows so far.
#[derive(Debug, Default)]
pub struct Carried {
    bid: Option<Price>,
    ask: Option<Price>,
    last: Price,
    volume: u32,
}

impl Carried {
    /// Fills what is blank in `tick`, and its flags where the row has none. None until both sides
    /// are known.
    #[inline]
    pub fn fill(&mut self, tick: &Tick, blanks: u8) -> Option<Tick> {
        let told = |bit: u8| blanks & bit == 0;
        let flags = if told(blank::FLAGS) { tick.flags } else { self.changed(tick, blanks) };
        if told(blank::BID) {
            self.bid = Some(tick.bid);
        }
        if told(blank::ASK) {
            self.ask = Some(tick.ask);
        }
        if told(blank::LAST) {
            self.last = tick.last;
        }
        if told(blank::VOLUME) {
            self.volume = tick.volume;
        }
        let (last, volume) = (self.last, self.volume);
        self.bid.zip(self.ask).map(|(bid, ask)| Tick { bid, ask, last, volume, flags, ..*tick })
    }

    /// The flags of a row that has none: what differs from the row before it or, when nothing
    /// differs, the values that are given.
    fn changed(&self, tick: &Tick, blanks: u8) -> TickFlags {
        let told = |bit: u8| blanks & bit == 0;
        let bits = [
            (blank::BID, true, Some(tick.bid) != self.bid),
            (blank::ASK, true, Some(tick.ask) != self.ask),
            (blank::LAST, tick.last > Price::ZERO, tick.last != self.last),
            (blank::VOLUME, tick.volume > 0, tick.volume != self.volume),
        ];
        let sum = |is_meant: fn(&(u8, bool, bool)) -> bool| {
            let meant = bits.iter().filter(|bit| told(bit.0) && is_meant(bit));
            meant.fold(0, |sum, (bit, ..)| sum | u32::from(*bit))
        };
        let changed = sum(|(_, _, is_changed)| *is_changed);
        TickFlags::from_mt5(if changed != 0 { changed } else { sum(|(_, is_given, _)| *is_given) })
    }
}
