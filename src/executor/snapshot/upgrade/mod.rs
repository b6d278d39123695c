//! Upgrades older states step by step. A step knows two versions as they were written: it reads the
//! one and writes the other as JSON. It never uses a type of the executor, because these go on
//! changing. A new version adds a step and leaves the others alone.

mod v2;

use serde_json::{Error, Value};

/// The version that this program writes.
pub const VERSION: u32 = 3;
/// The oldest version that this program reads.
pub const VERSION_OLDEST: u32 = 2;

/// Turns an executor into one of the next version.
type Step = fn(Value) -> Result<Value, Error>;

/// The steps, starting with the one from [`VERSION_OLDEST`].
const STEPS: [Step; (VERSION - VERSION_OLDEST) as usize] = [v2::upgrade];

/// Turns the executor of a state of `version` into one of the present version.
///
/// # Errors
/// If the executor is not one of that version.
pub(super) fn upgrade(version: u32, executor: Value) -> Result<Value, Error> {
    assert!(
        (VERSION_OLDEST..VERSION).contains(&version),
        "only older states are brought up, and only those that steps know"
    );
    let first = (version - VERSION_OLDEST) as usize;
    STEPS[first..].iter().try_fold(executor, |executor, step| step(executor))
}
