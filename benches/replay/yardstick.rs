//! What is compared with: the same rules as a bare loop, without an executor, a broker or a
//! recording.
//!
//! It reads the same file with the same library's column readers into buffers that are used again,
//! builds minutes, two averages, one position with its stops. It knows EURUSD and these rules
//! alone, checks nothing of what it reads, and must come to the same number of trades.

use parquet::column::reader::{ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::{DataType, Int32Type, Int64Type};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use std::fs::File;
use std::path::Path;
use tickdeck::domain::amount::Price;

const BATCH_ROWS: usize = 8_192;
const MINUTE_MS: i64 = 60_000;
/// Prices are whole points here, as the file keeps them.
const PIP: i32 = 10;
const STOP_LOSS: i32 = 10 * PIP;
const TAKE_PROFIT: i32 = 20 * PIP;
const WARMUP_BARS: u32 = 50;

/// What the loop came to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Rows read.
    pub ticks: u64,
    /// Positions closed.
    pub trades: u64,
}

/// Runs the rules of `fixtures/sessions/ema-cross-m1.toml` over a file of EURUSD in the program's
/// own layout.
pub fn run(path: &Path) -> Found {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let (mut times, mut bids, mut asks) = (Vec::new(), Vec::new(), Vec::new());
    let mut trader = Trader::new();
    let mut ticks = 0;
    for group in 0..reader.metadata().num_row_groups() {
        let rows = reader.get_row_group(group).unwrap();
        let mut time: ColumnReaderImpl<Int64Type> = column(&*rows, 0);
        let mut bid: ColumnReaderImpl<Int32Type> = column(&*rows, 1);
        let mut ask: ColumnReaderImpl<Int32Type> = column(&*rows, 2);
        loop {
            read(&mut time, &mut times);
            read(&mut bid, &mut bids);
            read(&mut ask, &mut asks);
            if times.is_empty() {
                break;
            }
            ticks += times.len() as u64;
            times
                .iter()
                .zip(&bids)
                .zip(&asks)
                .for_each(|((&time, &bid), &ask)| trader.tick(time, bid, ask));
        }
    }
    Found { ticks, trades: trader.trades }
}

fn column<T: DataType>(rows: &dyn RowGroupReader, place: usize) -> ColumnReaderImpl<T> {
    get_typed_column_reader(rows.get_column_reader(place).unwrap())
}

fn read<T: DataType>(column: &mut ColumnReaderImpl<T>, values: &mut Vec<T::T>) {
    values.clear();
    column.read_records(BATCH_ROWS, None, None, values).unwrap();
}

/// An open position: where it is closed, and whether Bid closes it.
#[derive(Clone, Copy)]
struct Position {
    long: bool,
    sl: i32,
    tp: i32,
}

struct Trader {
    minute_end: i64,
    close: i32,
    bars: u32,
    fast: Option<f64>,
    slow: Option<f64>,
    above: Option<bool>,
    position: Option<Position>,
    trades: u64,
}

impl Trader {
    const fn new() -> Self {
        Self {
            minute_end: i64::MIN,
            close: 0,
            bars: 0,
            fast: None,
            slow: None,
            above: None,
            position: None,
            trades: 0,
        }
    }

    #[inline]
    fn tick(&mut self, time: i64, bid: i32, ask: i32) {
        if let Some(Position { long, sl, tp }) = self.position {
            let reached = if long { bid <= sl || bid >= tp } else { ask >= sl || ask <= tp };
            if reached {
                self.position = None;
                self.trades += 1;
            }
        }
        if time >= self.minute_end {
            if self.minute_end != i64::MIN {
                self.bar_closed(bid, ask);
            }
            self.minute_end = (time / MINUTE_MS + 1) * MINUTE_MS;
        }
        self.close = bid;
    }

    fn bar_closed(&mut self, bid: i32, ask: i32) {
        let close = Price::from_raw(i64::from(self.close) * 10_000).to_f64();
        let fast = average(&mut self.fast, 20.0, close);
        let slow = average(&mut self.slow, 50.0, close);
        self.bars += 1;
        let above = fast > slow;
        if fast.to_bits() == slow.to_bits() {
            return;
        }
        let crossed = self.above.replace(above).is_some_and(|before| before != above);
        if crossed && self.bars > WARMUP_BARS && self.position.is_none() {
            self.enter(above, bid, ask);
        }
    }

    /// Stops on the wrong side of the market, or on it, are refused as the server refuses them.
    fn enter(&mut self, long: bool, bid: i32, ask: i32) {
        if long {
            let (sl, tp) = (ask - STOP_LOSS, ask + TAKE_PROFIT);
            self.position = (sl < bid && tp > bid).then_some(Position { long, sl, tp });
        } else {
            let (sl, tp) = (bid + STOP_LOSS, bid - TAKE_PROFIT);
            self.position = (sl > ask && tp < ask).then_some(Position { long, sl, tp });
        }
    }
}

/// As MT5's iMA has it, seeded with the first close.
fn average(value: &mut Option<f64>, period: f64, close: f64) -> f64 {
    let k = 2.0 / (period + 1.0);
    *value.insert(value.map_or(close, |previous| close * k + previous * (1.0 - k)))
}
