//! Reading a text takes no more memory for ten times the rows, as it lies and packed.

#![cfg(target_os = "linux")]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Half a million rows and what reads them need less.
const MEMORY_KB_MAX: u64 = 60 * 1024;

/// An export of so many rows, two a second.
fn export(rows: u32) -> String {
    let mut text = String::from("<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\r\n");
    for row in 0..rows {
        let (second, price) = (row / 2, row % 900);
        let (day, hour, minute) = (second / 86_400 + 1, second / 3600 % 24, second / 60 % 60);
        let time = format!("{hour:02}:{minute:02}:{:02}.{:03}", second % 60, row % 2 * 500);
        write!(text, "2025.09.{day:02}\t{time}\t1.17{price:03}\t1.17{:03}\t\t\t6\r\n", price + 5)
            .unwrap();
    }
    text
}

/// Peak memory of the program while it makes bars of a file, as the kernel tells it.
fn peak_kb(folder: &Path, ticks: &Path) -> u64 {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tickdeck"))
        .args(["--quiet", "bars", "--symbol", "EURUSD", "--timeframe", "H1", "--ticks"])
        .arg(ticks)
        .arg("--out")
        .arg(folder.join("bars.csv"))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = peak.max(
            line.and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok())
                .unwrap_or(0),
        );
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success());
            return peak;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

#[test]
fn ten_times_the_rows_take_no_more_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ticks");
    for packed in [false, true] {
        let [short, long] = [50_000, 500_000].map(|rows| {
            let text = export(rows);
            if packed {
                let mut file = flate2::write::GzEncoder::new(
                    fs::File::create(&path).unwrap(),
                    flate2::Compression::fast(),
                );
                file.write_all(text.as_bytes()).unwrap();
                file.finish().unwrap();
            } else {
                fs::write(&path, text).unwrap();
            }
            peak_kb(folder.path(), &path)
        });
        eprintln!("packed {packed}: {short} kB for 50,000 rows, {long} kB for 500,000");
        assert!(
            short > 0 && long <= MEMORY_KB_MAX && long.abs_diff(short) * 10 <= short,
            "packed {packed}: {short} kB, then {long} kB"
        );
    }
}
