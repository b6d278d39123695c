//! Dukascopy's files, made by ourselves: what the tests of reading and of downloading share.

#![allow(dead_code, reason = "each test uses a part of it")]

pub mod server;

use lzma_rust2::{LzmaOptions, LzmaWriter};
use std::io::Write;

/// The day of real files, below the folder of real data.
pub const DAY: &str = "ticks/dukascopy_EURUSD_20190204";

/// Packs bytes as Dukascopy does: the size in the header, no end marker.
pub fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut writer =
        LzmaWriter::new_use_header(Vec::new(), &options(), Some(bytes.len() as u64)).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// Packs bytes with an end marker and no size.
pub fn pack_open(bytes: &[u8]) -> Vec<u8> {
    let mut writer = LzmaWriter::new_use_header(Vec::new(), &options(), None).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn options() -> LzmaOptions {
    LzmaOptions { dict_size: 4 << 20, ..LzmaOptions::with_preset(1) }
}

/// The record of a tick: milliseconds, ask, bid, volumes.
pub fn tick(msc: u32, ask: u32, bid: u32, ask_volume: f32, bid_volume: f32) -> Vec<u8> {
    let whole = [msc, ask, bid].into_iter().flat_map(u32::to_be_bytes);
    whole.chain([ask_volume, bid_volume].into_iter().flat_map(f32::to_be_bytes)).collect()
}

/// The record of a candle: seconds, open, close, low, high, volume.
pub fn candle(whole: [i32; 5], volume: f32) -> Vec<u8> {
    whole.into_iter().flat_map(i32::to_be_bytes).chain(volume.to_be_bytes()).collect()
}

/// The ticks of a made-up hour: `count` of them, about `bid`.
pub fn hour_of_ticks(count: u32, bid: u32) -> Vec<u8> {
    (0..count).flat_map(|n| tick(n * 1_000, bid + n % 5 + 2, bid + n % 3, 1.5, 0.75)).collect()
}
