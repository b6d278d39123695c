//! Coverage-guided fuzzing of tickdeck's readers; `fuzz/run` builds and runs every target.
//!
//! A workspace of its own, for it needs a C++ compiler. What a target does is in [`targets`], which
//! the tests of the project run on the committed corpus; here libFuzzer runs it on what it makes of
//! that corpus.

#![forbid(unsafe_code)]

pub mod targets;
