//! A session on disk: written step by step, read back, replayed and compared.
//!
//! It knows files and steps. It must never decide anything that the executor decides, and knows no
//! clock, simulated broker or network. [`lines`] and [`writer`] describe what is on disk,
//! [`fields`] what is hashed. A replay begins at [`player`], and [`divergence`] reports what it
//! finds.

pub mod advice;
pub mod arrivals;
pub mod arrived;
pub mod comments;
pub mod compare;
pub mod divergence;
pub mod encode;
pub mod error;
pub mod expected;
pub mod fields;
pub mod files;
pub mod folder;
pub mod hash;
pub mod hashed_file;
pub mod history;
pub mod inputs;
pub mod line_events;
pub mod lines;
pub mod matching;
pub mod orders;
pub mod player;
pub mod questions;
pub mod read_history;
pub mod reader;
pub mod specs;
pub mod tick_files;
pub mod words;
pub mod writer;
