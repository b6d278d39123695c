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
use crate::torture::drive::{Ran, drive};
use crate::torture::found::Found;
use crate::torture::plan::Plan;
use crate::torture::subject::Subject;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Draws the session of a seed and runs it.
#[must_use]
pub fn try_seed(seed: u64, subject: Subject) -> Ran {
    let (plan, ticks) = draw::plan(seed);
    try_plan(&plan, &ticks, subject)
}

/// Runs a session; a panic is a violation like any other.
#[must_use]
pub fn try_plan(plan: &Plan, ticks: &[Arc<[Tick]>], subject: Subject) -> Ran {
    let panicked = |text: String| {
        let mut found = Found::new(plan.seed);
        found.violate(judge::PANICS, || text);
        Ran { found, ..Ran::default() }
    };
    match catch_unwind(AssertUnwindSafe(|| drive(plan, ticks, subject))) {
        Ok(Ok(ran)) => ran,
        Ok(Err(error)) => panicked(format!("the session cannot be run: {error}")),
        Err(panic) => panicked(message(panic.as_ref())),
    }
}

thread_local! {
    /// Where the last panic of this thread was.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// From now on panics say nothing by themselves: their place is kept for the report.
pub fn keep_panics_quiet() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|place| format!(" at {}:{}", place.file(), place.line()));
        PLACE.with(|last| *last.borrow_mut() = place.unwrap_or_default());
    }));
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic without words".to_owned());
    text + &PLACE.with(|place| place.take())
}
