//! Older states, brought up step by step. A step knows two versions as they were written: it reads the one and writes the
//! other as JSON, and never a type of the executor, which goes on changing. A new version adds a step and leaves the others
//! alone.

mod v2;

use serde_json::{Error, Value};

/// The version that is written.
pub const VERSION: u32 = 3;
/// The oldest version that is read.
pub const VERSION_OLDEST: u32 = 2;

/// Makes an executor of the next version.
type Step = fn(Value) -> Result<Value, Error>;

/// The steps, the one from [`VERSION_OLDEST`] first.
const STEPS: [Step; (VERSION - VERSION_OLDEST) as usize] = [v2::upgrade];

/// The executor of a state of `version` as the present version writes it.
///
/// # Errors
/// If it is not one of that version.
pub(super) fn upgrade(version: u32, executor: Value) -> Result<Value, Error> {
    assert!((VERSION_OLDEST..VERSION).contains(&version), "only older states are brought up, and only those that steps know");
    let first = (version - VERSION_OLDEST) as usize;
    STEPS[first..].iter().try_fold(executor, |executor, step| step(executor))
}
