//! Tick and bar files: Parquet and exports, read and written in bounded memory, with an honest account of their quality.
//!
//! Knows files and the values in them; never a clock, never a strategy, never a guess: what cannot be read exactly is
//! refused with its place, what is left out is counted. Times stay the server's own. Start with [`tick_file`] (the hot
//! path) and [`import`](mod@import) (from any readable file to the layout that is fast).

pub mod bar_file;
pub mod bar_source;
pub mod bar_writer;
pub mod bars;
pub mod clock;
pub mod column;
pub mod detect;
pub mod dukascopy;
pub mod ends;
pub mod error;
pub mod format;
pub mod headers;
pub mod import;
pub mod import_bars;
pub mod input;
pub mod packed;
pub mod pages;
pub mod prefetch;
pub mod price_column;
pub mod quality;
pub mod replace;
pub mod spacing;
pub mod specification;
pub mod text;
pub mod thrift;
pub mod tick_file;
pub mod tick_source;
pub mod tick_writer;
pub mod week;
