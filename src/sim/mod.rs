//! The simulated world: virtual time, a broker that behaves (and misbehaves) like MT5, made-up ticks. All randomness lives here.

pub mod generate;
