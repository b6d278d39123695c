//! The executor under torture: as it is or, in a build with `plant`, with a mistake planted into
//! it.

use crate::executor::Executor;
use crate::executor::config::ExecutorConfig;
#[cfg(feature = "plant")]
use crate::executor::plant::Plant;

/// The executor under torture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Subject {
    /// The planted mistake.
    #[cfg(feature = "plant")]
    pub plant: Option<Plant>,
}

impl Subject {
    /// A new executor.
    #[must_use]
    pub fn fresh(self, config: ExecutorConfig) -> Executor {
        self.again(Executor::new(config))
    }

    /// An executor restored from a state, which does not hold the mistake: it is planted again.
    #[must_use]
    pub fn again(self, executor: Executor) -> Executor {
        #[cfg(feature = "plant")]
        let executor = executor.planted(self.plant);
        executor
    }
}
