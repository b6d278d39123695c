//! A session on disk: written step by step, read back, replayed and compared.
//!
//! Knows files and steps; it must never decide anything that the executor decides, nor know a clock, a simulated broker
//! or a network. What is on disk is described in [`lines`] and [`writer`], what is hashed in [`fields`]; a replay begins
//! at [`player`], and what it finds is told by [`divergence`].

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
pub mod inputs;
pub mod lines;
pub mod matching;
pub mod orders;
pub mod player;
pub mod questions;
pub mod read_history;
pub mod reader;
pub mod specs;
pub mod words;
pub mod writer;
