//! The executor that is tortured: as it is, or, in a build made for that, with a mistake planted into it.

use crate::executor::Executor;
use crate::executor::config::ExecutorConfig;
#[cfg(feature = "plant")]
use crate::executor::plant::Plant;

/// Which executor is tortured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Subject {
    /// The mistake in it.
    #[cfg(feature = "plant")]
    pub plant: Option<Plant>,
}

impl Subject {
    /// A fresh one.
    #[must_use]
    pub fn fresh(self, config: ExecutorConfig) -> Executor {
        self.again(Executor::new(config))
    }

    /// One that comes back from a state, which holds no mistake.
    #[must_use]
    pub fn again(self, executor: Executor) -> Executor {
        #[cfg(feature = "plant")]
        let executor = executor.planted(self.plant);
        executor
    }
}
