//! Tick and bar files, read and written in bounded memory, with an honest report on their quality.
//!
//! It knows files and their values, not strategies, and it never guesses: what cannot be read
//! exactly is refused with its place, and what is left out or altered is counted. Times stay those
//! of the source unless another clock is requested. The only access to the network is the download
//! in [`dukascopy`]. Start with [`tick_file`] (the hot path), [`format`](mod@format) and [`text`]
//! (the layouts), and [`import`](mod@import) (from any readable file to the fast layout).

pub mod bar_file;
pub mod bar_rows;
pub mod bar_source;
pub mod bar_writer;
pub mod bars;
pub mod clock;
pub mod column_map;
pub mod detect;
pub mod dukascopy;
pub mod ends;
pub mod error;
pub mod format;
pub mod import;
pub mod import_bars;
pub mod in_order;
pub mod input;
pub mod joined;
pub mod label;
pub mod odd_rows;
mod other_files;
pub mod plain_file;
pub mod prefetch;
pub mod quality;
pub mod replace;
pub mod spacing;
pub mod specification;
pub mod symbol_name;
pub mod table;
pub mod text;
pub mod tick_file;
pub mod tick_groups;
pub mod tick_layout;
pub mod tick_rows;
pub mod tick_source;
pub mod tick_writer;
pub mod week;
