//! What a live session did, in tables that people query: a SQLite database beside the recordings.
//!
//! The journal is the truth; the database follows from its steps and from nothing else. So what a crash or a
//! database that is busy kept out of it is put in when the journal is sealed, each row once; and whoever doubts it
//! can derive it again from the recordings ([`check`]).
//!
//! | file | what is in it |
//! |---|---|
//! | [`files`] | how the files of an account are named |
//! | [`schema`] | the tables, and how a database of an earlier version becomes one of this version |
//! | [`rows`] | from a step to the changes that it makes |
//! | [`database`] | changes, put in once |
//! | [`sink`] | a session that runs, or is sealed, writes into it |
//! | [`chain`] | hashes beside a recording that show whether a line of it was changed |
//! | [`check`] | whether the database says what the recordings say |
//! | [`outbox`] | what is to be told to others, and how far that is |
//! | [`summary`] | a session in figures |

pub mod chain;
pub mod check;
pub mod database;
pub mod files;
pub mod outbox;
pub mod rows;
pub mod schema;
pub mod sink;
pub mod summary;
