//! What a run came to, for people and scripts. Reads values that others computed; decides nothing.

pub mod summary;
pub mod trades;
