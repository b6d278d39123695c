//! The corpus of the fuzz targets (`fuzz/corpus`), run as plain tests: no file of it makes a reader
//! panic, hang or take memory by what the file claims.
//!
//! A file's name says what must come of it: `good-*` is read, `hostile-*` is refused; of `found-*`,
//! which once made a reader fail, and of the rest nothing more is asked than of all.

#![allow(unsafe_code, reason = "an allocator that counts can only be written so")]

#[path = "fuzz_corpus/forge.rs"]
mod forge;
#[path = "fuzz_corpus/seeds.rs"]
mod seeds;
#[path = "../fuzz/targets.rs"]
mod targets;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use targets::{TARGETS, Target};

/// What reading a file of the corpus may take at once, in bytes: a window of LZMA or a page of
/// Parquet, and what is around it.
const PEAK_MAX: i64 = 64 << 20;
/// What reading a text or an archive may take.
const PEAK_TEXT_MAX: i64 = 2 << 20;
/// All files of the corpus.
const CORPUS_MAX: u64 = 300_000;

/// Counts what the thread holds, so that tests beside one another do not disturb it.
struct Counting;

thread_local! {
    static HELD: Cell<i64> = const { Cell::new(0) };
    static PEAK: Cell<i64> = const { Cell::new(0) };
}

#[expect(clippy::cast_possible_wrap, reason = "no allocation is so large")]
fn count(taken: usize, given: usize) {
    // Gone while the thread ends.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + taken as i64 - given as i64);
        PEAK.try_with(|peak| peak.set(peak.get().max(held.get())))
    });
}

// SAFETY: everything is left to the system's allocator; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Where it moves, both are held for a moment.
        count(size, 0);
        count(0, layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What `work` gives, and the most that it held at once, in bytes.
fn peak<T>(work: impl FnOnce() -> T) -> (T, i64) {
    let before = HELD.get();
    PEAK.set(before);
    let result = work();
    (result, PEAK.get() - before)
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
}

fn files(target: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = corpus().join(target);
    let entries =
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let file = |path: PathBuf| {
        (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap())
    };
    entries.map(|entry| file(entry.unwrap().path())).collect()
}

/// Every file of a target's corpus; what it takes is told.
fn check(name: &str, peak_max: i64) {
    let target: Target = TARGETS.iter().find(|(target, _)| *target == name).unwrap().1;
    let (mut good, mut hostile) = (0, 0);
    for (file, bytes) in files(name) {
        eprint!("{name}/{file}: ");
        // Once for what is taken but once, such as the folder of the scratch file.
        let _ = target(&bytes);
        let (read, peak) = peak(|| target(&bytes));
        eprintln!("{read:?}, at most {} kB", peak / 1024);
        assert!(peak <= peak_max, "{name}/{file} takes {peak} bytes");
        if file.starts_with("good-") {
            assert!(read.is_ok_and(|rows| rows > 0), "{name}/{file} is not read");
            good += 1;
        } else if file.starts_with("hostile-") {
            assert!(read.is_err(), "{name}/{file} is read");
            hostile += 1;
        }
    }
    assert!(good > 0 && hostile > 0, "the corpus of {name} lacks good or hostile files");
}

#[test]
fn tick_text() {
    check("tick_text", PEAK_TEXT_MAX);
}

#[test]
fn bar_text() {
    check("bar_text", PEAK_TEXT_MAX);
}

#[test]
fn detect() {
    check("detect", PEAK_MAX);
}

#[test]
fn bi5_ticks() {
    check("bi5_ticks", PEAK_MAX);
}

#[test]
fn bi5_candles() {
    check("bi5_candles", PEAK_MAX);
}

#[test]
fn parquet_ticks() {
    check("parquet_ticks", PEAK_MAX);
}

#[test]
fn parquet_bars() {
    check("parquet_bars", PEAK_MAX);
}

#[test]
fn the_peak_is_seen() {
    let (_, most) = peak(|| std::hint::black_box(vec![1_u8; 3 << 20]));
    assert!((3 << 20..4 << 20).contains(&most), "{most}");
}

#[test]
fn the_corpus_is_small_and_whole() {
    let all: Vec<_> = TARGETS.iter().flat_map(|(name, _)| files(name).into_values()).collect();
    let bytes: u64 = all.iter().map(|bytes| bytes.len() as u64).sum();
    assert!(bytes <= CORPUS_MAX, "{bytes} bytes");
    for (target, name, bytes) in seeds::all() {
        let path = corpus().join(target).join(name);
        assert!(
            fs::read(&path).is_ok_and(|found| found == bytes),
            "{} is not what makes it; see `write_the_seeds`",
            path.display()
        );
    }
}

/// `cargo test --test fuzz_corpus -- --ignored` makes the files again that are not found ones.
#[test]
#[ignore = "writes to fuzz/corpus"]
fn write_the_seeds() {
    for (target, name, bytes) in seeds::all() {
        fs::create_dir_all(corpus().join(target)).unwrap();
        fs::write(corpus().join(target).join(name), bytes).unwrap();
    }
}
