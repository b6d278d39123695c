//! A session file, checked and resolved into what a run needs.
