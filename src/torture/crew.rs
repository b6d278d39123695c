//! Many seeds on several threads. Their outcomes are handed on in the order of the seeds, whoever
//! finishes first, so that they do not depend on the number of threads.

use crate::torture::drive::SessionOutcome;
use crate::torture::subject::Subject;
use crate::torture::try_seed;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};

/// How many finished sessions per thread may wait to be handed on.
const AHEAD: usize = 64;

/// Runs the sessions of `seeds` on `jobs` threads. `each` takes the outcomes in order and may stop
/// the run.
pub fn run(
    seeds: Range<u64>,
    jobs: NonZeroUsize,
    subject: Subject,
    mut each: impl FnMut(u64, SessionOutcome) -> ControlFlow<()>,
) {
    let (next, over) = (AtomicU64::new(seeds.start), AtomicBool::new(false));
    let (send, receive) = sync_channel(jobs.get() * AHEAD);
    std::thread::scope(|scope| {
        for _ in 0..jobs.get() {
            let send = send.clone();
            let (seeds, next, over) = (&seeds, &next, &over);
            scope.spawn(move || work(seeds, next, over, subject, &send));
        }
        drop(send);
        let mut early: BTreeMap<u64, SessionOutcome> = BTreeMap::new();
        let mut awaited = seeds.start;
        for (seed, ran) in receive {
            early.insert(seed, ran);
            while let Some(ran) = early.remove(&awaited) {
                if !over.load(Ordering::Relaxed) && each(awaited, ran).is_break() {
                    over.store(true, Ordering::Relaxed);
                }
                awaited += 1;
            }
        }
    });
}

fn work(
    seeds: &Range<u64>,
    next: &AtomicU64,
    over: &AtomicBool,
    subject: Subject,
    send: &SyncSender<(u64, SessionOutcome)>,
) {
    while !over.load(Ordering::Relaxed) {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if !seeds.contains(&seed) {
            return;
        }
        // What was delivered is only needed when a session is written to a folder.
        let ran = SessionOutcome { delivered: Vec::new(), ..try_seed(seed, subject) };
        if send.send((seed, ran)).is_err() {
            return;
        }
    }
}
