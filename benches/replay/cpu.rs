//! Time spent: on the clock, by this thread and by all others of the process.

use rustix::time::{ClockId, Timespec, clock_gettime};
use std::time::Duration;

/// Seconds that something took.
#[derive(Debug, Clone, Copy)]
pub struct Spent {
    pub wall: f64,
    /// CPU time of the thread that did it.
    pub this_thread: f64,
    /// CPU time of all other threads together.
    pub other_threads: f64,
}

impl Spent {
    pub const MAX: Self = Self { wall: f64::MAX, this_thread: f64::MAX, other_threads: f64::MAX };

    /// What `work` takes.
    pub fn by(work: impl FnOnce()) -> Self {
        let before = Self::now();
        work();
        let after = Self::now();
        Self {
            wall: after.wall - before.wall,
            this_thread: after.this_thread - before.this_thread,
            other_threads: after.other_threads - before.other_threads,
        }
    }

    fn now() -> Self {
        let at = |clock| {
            let Timespec { tv_sec, tv_nsec } = clock_gettime(clock);
            let whole = u64::try_from(tv_sec).expect("clocks begin at zero");
            let part = u32::try_from(tv_nsec).expect("a second has fewer than 2^32 parts");
            Duration::new(whole, part).as_secs_f64()
        };
        let this_thread = at(ClockId::ThreadCPUTime);
        Self {
            wall: at(ClockId::Monotonic),
            this_thread,
            other_threads: at(ClockId::ProcessCPUTime) - this_thread,
        }
    }

    /// The least of each: a busy machine only adds.
    pub fn least(self, other: Self) -> Self {
        Self {
            wall: self.wall.min(other.wall),
            this_thread: self.this_thread.min(other.this_thread),
            other_threads: self.other_threads.min(other.other_threads),
        }
    }
}
