//! The first lines of a text, from which it is told what its rows are.

use crate::data::error::DataError;
use crate::data::input::Input;
use crate::data::text::lines::Lines;

/// The number of lines that are looked at.
const LINES_MAX: usize = 64;

/// The first lines of a text that are not blank. A flaw in one of them ends them: whoever reads the
/// text says where it is.
///
/// # Errors
/// [`DataError`]: the file cannot be opened, or is empty.
pub fn first_lines(input: &Input) -> Result<Vec<Vec<u8>>, DataError> {
    let (mut lines, mut found) = (Lines::open(input)?, Vec::new());
    while found.len() < LINES_MAX && lines.next_line().unwrap_or(false) {
        // The last line may be cut off.
        if !lines.is_unended() || found.len() < 2 {
            found.push(lines.line().to_vec());
        }
    }
    Ok(found)
}
