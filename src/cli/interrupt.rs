//! Ctrl-C, a request to end, a closed console: unfinished files are removed and programs of strategies
//! killed, then the process ends with 130.
//!
//! Verbs take no part in this. Whatever begins a file or folder lists it in [`unfinished`], and one
//! that is just being put in its place is finished first. On Windows a closed console leaves little
//! time; the next run clears what was cut off then, and what a kill leaves.
//!
//! A file that may not grow further (`ulimit -f`) ends nothing by a signal: the write fails, and is
//! told like any other.
//!
//! A signal that was ignored when the process started stays ignored, and the others are handled all
//! the same: `nohup` ignores that of a closed terminal, and a shell ignores Ctrl-C for a job in the
//! background.

use crate::disk::unfinished;
use crate::process;
#[cfg(unix)]
use std::sync::{Arc, atomic::AtomicBool};
use std::sync::{Mutex, PoisonError};

/// As a shell counts it: 128, and 2 for the signal of Ctrl-C.
const INTERRUPTED: i32 = 130;

/// Watches from now on, for the whole life of the process.
pub fn watch() {
    spare_from_limits();
    watch_for_end();
}

/// Lets a write beyond the limit on files fail instead of ending the process.
fn spare_from_limits() {
    // A handler of ours, of which nobody asks anything, takes the place of the end by the signal.
    #[cfg(unix)]
    let _ =
        signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::new(AtomicBool::new(false)));
}

#[cfg(target_os = "linux")]
fn watch_for_end() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use std::sync::mpsc::channel;
    use std::thread::Builder;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let heeded =
        [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !is_ignored(&status, *signal));
    // Where the system refuses, signals end the process as they always do, and the next run clears
    // what is left. So they are taken over only once there is a thread that heeds them.
    let (hand_over, handed) = channel::<Signals>();
    let heed = move || {
        if let Ok(mut signals) = handed.recv() {
            signals.forever().for_each(|_| end());
        }
    };
    if Builder::new().spawn(heed).is_ok()
        && let Ok(signals) = Signals::new(heeded)
    {
        // The thread waits for them.
        let _ = hand_over.send(signals);
    }
}

#[cfg(not(target_os = "linux"))]
fn watch_for_end() {
    // Where the system does not tell which signals are ignored, one that is makes this refuse, and
    // nothing is changed.
    let _ = ctrlc::try_set_handler(end);
}

/// What ends a verb in good order, once.
static ORDERLY: Mutex<Option<Box<dyn FnOnce() + Send>>> = Mutex::new(None);

/// The next request to end is passed to `orderly`; the one after it ends the process.
pub fn end_by(orderly: Box<dyn FnOnce() + Send>) {
    *ORDERLY.lock().unwrap_or_else(PoisonError::into_inner) = Some(orderly);
}

fn end() {
    if let Some(orderly) = ORDERLY.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return orderly();
    }
    let _abandoned = unfinished::abandon();
    process::end_all();
    std::process::exit(INTERRUPTED);
}

/// Whether the kernel's account of a process says that a signal is ignored; what it does not say is
/// not.
#[cfg(target_os = "linux")]
fn is_ignored(status: &str, signal: i32) -> bool {
    let mask = status
        .lines()
        .find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_counts_signals_from_one() {
        let status = "Name:\ttickdeck\nSigBlk:\tffffffffffffffff\nSigIgn:\t0000000000001003\nSigCgt:\tffffffffffffffff\n";
        let ignored: Vec<i32> = (1..=64).filter(|signal| is_ignored(status, *signal)).collect();
        assert_eq!(ignored, [1, 2, 13]);
        assert!(!is_ignored("", 1) && !is_ignored("SigIgn:\tx", 1));
    }
}
