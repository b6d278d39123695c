//! The `tickdeck` program: see [`tickdeck::cli`].

fn main() {}
