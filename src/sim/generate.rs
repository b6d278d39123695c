//! Generated ticks: a market that looks like a real one, and is the same for the same figures on
//! every machine.
//!
//! It uses whole-number arithmetic and ChaCha only. Each use of chance (pauses, price, trend,
//! spread, spikes) has its own stream, so that one more draw in one shifts nothing in the others.
//! It is no model to trade by: it exists to drive the executor.

use crate::domain::amount::Price;
use crate::domain::id::SymbolId;
use crate::domain::symbol::SymbolSpec;
use crate::domain::tick::{Tick, TickFlags};
use crate::domain::time::ServerMsc;
use crate::market::columns::TickColumns;
use crate::session::ports::{PortError, TickStream};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A limit of ticks, about a century of them: a request for more is a mistake.
pub const TICKS_MAX: u64 = 2_000_000_000;

const BATCH_ROWS: u64 = 8_192;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
const WEEK_MS: i64 = 7 * DAY_MS;
/// Monday 2025-09-22 00:00 by the server's clock.
const START_MSC: i64 = 1_758_499_200_000;
/// From Monday's midnight to the last quote on Friday, 23:56.
const OPEN_MSC: i64 = 5 * DAY_MS - 4 * MINUTE_MS;
/// The average number of ticks per day.
const TICKS_A_DAY: i64 = 70_000;
/// The activity of each hour in percent of the average: Asia is quiet, London and New York are
/// busy.
const ACTIVITY: [i64; 24] = [
    40, 50, 65, 70, 60, 55, 60, 75, 110, 140, 140, 130, 120, 125, 140, 170, 180, 160, 140, 110, 85,
    70, 60, 45,
];
/// One pause in 16 is zero: several ticks share a millisecond.
const SAME_MSC_ONE_IN: u64 = 16;
/// One tick in so many begins a spike.
const SPIKE_ONE_IN: u64 = 20_000;
/// One tick in so many changes the spread.
const SPREAD_ONE_IN: u64 = 8;

/// A stream of generated ticks of one symbol.
#[derive(Debug, Clone)]
pub struct Generator {
    symbol: SymbolId,
    left: u64,
    time_msc: i64,
    /// When the week's trading ends.
    close_msc: i64,
    tick_size: i64,
    start: i64,
    /// The unrounded price, in raw units.
    middle: i64,
    /// Half a standard deviation of one tick's move, in raw units.
    step: i64,
    /// How much the trend adds at each tick, in raw units, and for how many more ticks.
    drift: i64,
    drift_left: u64,
    /// The spread in steps of the tick size.
    spread: i64,
    spread_usual: i64,
    spike: i64,
    spike_left: u64,
    pauses: ChaCha8Rng,
    moves: ChaCha8Rng,
    trends: ChaCha8Rng,
    spreads: ChaCha8Rng,
    spikes: ChaCha8Rng,
}

impl Generator {
    /// `ticks` ticks of a symbol, from Monday 2025-09-22 on.
    #[must_use]
    pub fn new(spec: &SymbolSpec, symbol: SymbolId, ticks: u64, seed: u64) -> Self {
        let stream = |using: &str| stream(using, &spec.name, seed);
        let tick_size = spec.tick_size.raw();
        let start = start_price(spec).max(1_000 * tick_size);
        // A twenty-thousandth of the price: 6 points of EURUSD.
        let spread_usual = (start / 200_000 / tick_size).max(1);
        Self {
            symbol,
            left: ticks,
            time_msc: START_MSC,
            close_msc: START_MSC + OPEN_MSC,
            tick_size,
            start,
            middle: start,
            // The move of a tick has twice this deviation: with 49 ticks a minute about 1.2 pips of
            // EURUSD a minute.
            step: (start / 140_000).max(1),
            drift: 0,
            drift_left: 0,
            spread: spread_usual,
            spread_usual,
            spike: 0,
            spike_left: 0,
            pauses: stream("pauses"),
            moves: stream("moves"),
            trends: stream("trends"),
            spreads: stream("spreads"),
            spikes: stream("spikes"),
        }
    }

    fn tick(&mut self) -> Tick {
        self.pass_time();
        self.follow_trend();
        self.move_middle();
        self.change_spread();
        let middle = self.middle + self.spiked();
        let bid = ((middle / self.tick_size) - self.spread / 2).max(1) * self.tick_size;
        Tick {
            time_msc: ServerMsc(self.time_msc),
            bid: Price::from_raw(bid),
            ask: Price::from_raw(bid + self.spread * self.tick_size),
            last: Price::ZERO,
            volume: 0,
            symbol: self.symbol,
            flags: TickFlags::QUOTE,
        }
    }

    /// Pauses are the product of two uniform draws: mostly short, sometimes four times the average.
    fn pass_time(&mut self) {
        let draw = self.pauses.next_u64();
        if draw.is_multiple_of(SAME_MSC_ONE_IN) {
            return;
        }
        let hour = usize::try_from(self.time_msc.rem_euclid(DAY_MS) / HOUR_MS)
            .expect("a day has 24 hours");
        // Zero pauses lengthen the others.
        let average = DAY_MS * 100 / (TICKS_A_DAY * ACTIVITY[hour]) * 16 / 15;
        let (a, b) = (low_bits(draw >> 20, 20), low_bits(draw >> 42, 20));
        self.time_msc += 1 + ((average * 4 * a) >> 20) * b / (1 << 20);
        if self.time_msc >= self.close_msc {
            let week = (self.time_msc - START_MSC) / WEEK_MS + 1;
            self.time_msc = START_MSC + week * WEEK_MS;
            self.close_msc = self.time_msc + OPEN_MSC;
        }
    }

    /// A trend lasts 700 to 8,900 ticks (a quarter of an hour to three hours) and turns back once
    /// the price is far out.
    fn follow_trend(&mut self) {
        if self.drift_left > 0 {
            self.drift_left -= 1;
            return;
        }
        let draw = self.trends.next_u64();
        self.drift_left = 700 + (draw & 0x1fff);
        let strength = low_bits(draw >> 16, 10);
        let up = if (self.middle - self.start).abs() > self.start / 8 {
            self.middle < self.start
        } else {
            draw >> 63 == 0
        };
        let drift = self.step * strength / 10_240;
        self.drift = if up { drift } else { -drift };
    }

    /// The number of ones among 16 random bits, less eight: a bell curve with deviation 2.
    fn move_middle(&mut self) {
        let draw = self.moves.next_u32();
        let bell = i64::from((draw & 0xffff).count_ones()) - 8;
        // The low bits of the draw spread the steps between whole ones.
        let fine = i64::from(draw >> 16) - 0x8000;
        self.middle += bell * self.step + ((fine * self.step) >> 16) + self.drift;
        self.middle = self.middle.clamp(self.start / 2, self.start * 2);
    }

    /// Half to one and a half times the usual spread; six times that around midnight.
    fn change_spread(&mut self) {
        let draw = self.spreads.next_u64();
        if !draw.is_multiple_of(SPREAD_ONE_IN) {
            return;
        }
        let of_day = self.time_msc.rem_euclid(DAY_MS);
        let rollover = !(10 * MINUTE_MS..DAY_MS - 10 * MINUTE_MS).contains(&of_day);
        let usual = if rollover { self.spread_usual * 6 } else { self.spread_usual };
        self.spread = usual / 2 + (((usual + 1) * low_bits(draw >> 32, 16)) >> 16);
    }

    /// Now and then the price is off by 20 to 51 deviations for some ticks, and back again.
    fn spiked(&mut self) -> i64 {
        if self.spike_left > 0 {
            self.spike_left -= 1;
            return self.spike;
        }
        let draw = self.spikes.next_u64();
        if !draw.is_multiple_of(SPIKE_ONE_IN) {
            return 0;
        }
        let size = (20 + low_bits(draw >> 32, 5)) * 2 * self.step;
        self.spike = if draw >> 63 == 0 { size } else { -size };
        self.spike_left = (draw >> 40) & 3;
        self.spike
    }
}

impl TickStream for Generator {
    fn next_batch(&mut self, batch: &mut TickColumns) -> Result<(), PortError> {
        batch.begin(self.symbol, Price::from_raw(self.tick_size));
        let rows = self.left.min(BATCH_ROWS);
        (0..rows).for_each(|_| batch.push(&self.tick()));
        self.left -= rows;
        Ok(())
    }
}

fn stream(using: &str, symbol: &str, seed: u64) -> ChaCha8Rng {
    let mut hasher = blake3::Hasher::new_derive_key("tickdeck 2025 made-up ticks");
    for part in [using, symbol] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.update(&seed.to_le_bytes());
    ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
}

/// The lowest `bits` (below 63) of a draw.
const fn low_bits(draw: u64, bits: u32) -> i64 {
    (draw & ((1 << bits) - 1)).cast_signed()
}

/// About the price of the symbol in September 2025, or a guess by the quote currency for other
/// symbols.
fn start_price(spec: &SymbolSpec) -> i64 {
    let thousandths = match (spec.currency_base.as_str(), spec.currency_profit.as_str()) {
        ("EUR", "USD") => 1_170,
        ("GBP", "USD") => 1_350,
        ("AUD", "USD") => 660,
        ("NZD", "USD") => 590,
        ("USD", "CAD") => 1_380,
        ("USD", "CHF") => 800,
        ("EUR", "GBP") => 870,
        ("USD", "JPY") => 148_000,
        ("EUR", "JPY") => 173_000,
        ("GBP", "JPY") => 199_000,
        ("AUD", "JPY") => 97_000,
        ("XAU", _) => 3_700_000,
        ("XAG", _) => 43_000,
        ("BTC", _) => 115_000_000,
        (_, "JPY") => 100_000,
        _ => 1_000,
    };
    thousandths * 1_000_000
}
