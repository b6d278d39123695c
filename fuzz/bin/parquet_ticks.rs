//! Fuzzes the target of this name.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = tickdeck_fuzz::targets::parquet_ticks(bytes);
});
