//! Torture: many random sessions with everything that can go wrong, judged by the broker's book and
//! the streams of commands and actions, never by what the executor believes.
//!
//! A seed draws a session ([`draw`]). The session runs in memory, through the one loop and through
//! restarts ([`mod@drive`]). An observer ([`mod@watch`]) keeps the facts ([`facts`]), and the
//! judges ([`judge`]) check the invariants against them. A failing session is reduced
//! ([`mod@shrink`]) and written as a session that `simulate` runs. Nothing here may look into the
//! executor to decide whether it is right. Start with [`try_seed`].

pub mod commands;
pub mod controls;
pub mod counsel;
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
pub mod prices;
pub mod rulebook;
pub mod shrink;
pub mod story;
pub mod stumbler;
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

/// Runs a session. A panic counts as a violation.
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
    /// The place of the last panic in the session that this thread runs; none while it runs none.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Silences panics of sessions from now on: their place is kept for the report. Other panics are
/// printed as before.
pub fn keep_panics_quiet() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let is_tried = PLACE.with_borrow_mut(|last| {
            let place = last.as_mut()?;
            *place = info
                .location()
                .map(|place| format!(" at {}:{}", place.file(), place.line()))
                .unwrap_or_default();
            Some(())
        });
        if is_tried.is_none() {
            tell(info);
        }
    }));
}

/// Runs what may panic. The error is the panic's message with its place, if panics are silenced.
fn tried<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    PLACE.set(Some(String::new()));
    let done = catch_unwind(AssertUnwindSafe(run));
    let place = PLACE.take().unwrap_or_default();
    done.map_err(|panic| message(panic.as_ref()) + &place)
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".to_owned())
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
