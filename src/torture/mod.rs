//! Torture: many random sessions with everything that can go wrong, judged from the broker's book and the streams of
//! commands and actions, never by what the executor believes.
//!
//! A seed draws a session ([`draw`]); it is run in memory through the one loop, through restarts and all ([`mod@drive`]);
//! one who looks on ([`mod@watch`]) keeps the facts ([`facts`]) and the judges ([`judge`]) hold the invariants against them.
//! What fails is made small ([`mod@shrink`]) and written as a session that `simulate` runs. Nothing here may look into the
//! executor to decide whether it is right. Start with [`try_seed`].

pub mod commands;
pub mod controls;
pub mod crew;
pub mod draw;
pub mod drive;
pub mod facts;
pub mod folder;
pub mod found;
pub mod inbox;
pub mod judge;
pub mod make;
pub mod marks;
pub mod plan;
pub mod shrink;
pub mod story;
pub mod subject;
pub mod tape;
pub mod watch;
pub mod world;

use crate::domain::tick::Tick;
use crate::torture::drive::{SessionOutcome, drive};
use crate::torture::found::Findings;
use crate::torture::plan::SessionPlan;
use crate::torture::subject::Subject;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Draws the session of a seed and runs it.
#[must_use]
pub fn try_seed(seed: u64, subject: Subject) -> SessionOutcome {
    let (plan, ticks) = draw::plan(seed);
    try_plan(&plan, &ticks, subject)
}

/// Runs a session; a panic is a violation like any other.
#[must_use]
pub fn try_plan(plan: &SessionPlan, ticks: &[Arc<[Tick]>], subject: Subject) -> SessionOutcome {
    let panicked = |text: String| {
        let mut found = Findings::new(plan.seed);
        found.violate(judge::PANICS, || text);
        SessionOutcome { found, ..SessionOutcome::default() }
    };
    match tried(|| drive(plan, ticks, subject)) {
        Ok(Ok(ran)) => ran,
        Ok(Err(error)) => panicked(format!("the session cannot be run: {error}")),
        Err(panic) => panicked(panic),
    }
}

thread_local! {
    /// Where the last panic of the session was that this thread tries; none while it tries none.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// From now on a panic of a session that is tried says nothing by itself: its place is kept for the report. Any other panic
/// is told as before.
pub fn keep_panics_quiet() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let is_tried = PLACE.with_borrow_mut(|last| {
            let place = last.as_mut()?;
            *place = info.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
            Some(())
        });
        if is_tried.is_none() {
            tell(info);
        }
    }));
}

/// Runs what may panic; then gives the panic's words and, where panics are kept quiet, its place.
fn tried<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    PLACE.set(Some(String::new()));
    let done = catch_unwind(AssertUnwindSafe(run));
    let place = PLACE.take().unwrap_or_default();
    done.map_err(|panic| message(panic.as_ref()) + &place)
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without words".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn panics_are_quiet_only_while_a_session_is_tried() {
        static TOLD: AtomicU32 = AtomicU32::new(0);
        std::panic::set_hook(Box::new(|_| _ = TOLD.fetch_add(1, Ordering::Relaxed)));
        keep_panics_quiet();
        let place = tried(|| panic!("under trial")).unwrap_err();
        assert!(place.starts_with("under trial at ") && place.contains("torture"), "{place}");
        assert_eq!((tried(|| 7), TOLD.load(Ordering::Relaxed)), (Ok(7), 0));
        assert!(catch_unwind(|| panic!("elsewhere")).is_err());
        assert_eq!(TOLD.load(Ordering::Relaxed), 1);
    }
}
