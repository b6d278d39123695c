//! Ctrl-C, a request to end, a closed console: what is unfinished is taken away, then the process ends with 130.
//!
//! No verb takes part in it: what is begun is listed by [`unfinished`] wherever it is begun, and what is being put in its
//! place is finished first. A console that is closed on Windows gives little time; what it cuts off, and what a kill
//! leaves, the next run clears.

use crate::disk::unfinished;

/// As a shell counts it: 128, and 2 for the signal of Ctrl-C.
const INTERRUPTED: i32 = 130;

/// Watches from now on, for the whole life of the process.
pub fn watch() {
    // Whoever started the process with these signals ignored, as `nohup` does, has said that it shall go on: then it is
    // refused here, and nothing is changed.
    let _ = ctrlc::try_set_handler(|| {
        let _abandoned = unfinished::abandon();
        std::process::exit(INTERRUPTED);
    });
}
