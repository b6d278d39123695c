//! Makes text from outside safe to show: names, comments and reasons that somebody else wrote, next
//! to our own words.
//!
//! This is the only home of the rule. A character that moves the cursor, colours, reorders or hides
//! text, or ends a line, is shown as an escape such as `\n` or `\u{202e}`. Text that is too long is
//! cut. This is for display only: what is stored, compared or hashed is the text itself. Start with
//! [`name`].

use std::borrow::Cow;
use std::fmt::Write;
use std::path::Path;

/// The longest name that is shown, in characters; an escape counts with all its characters.
pub const NAME_CHARS_MAX: usize = 64;
/// The longest sentence that is shown, in characters; an escape counts with all its characters.
pub const SENTENCE_CHARS_MAX: usize = 240;

/// Marks the place where a text was cut.
const CUT: char = '…';

/// Characters that are not shown as they are, in order: control characters, then all that Unicode
/// calls ignorable (joiners, direction marks, line and paragraph separators, fillers, variation
/// selectors, tags).
const HIDDEN: [(char, char); 20] = [
    ('\0', '\u{1f}'),
    ('\u{7f}', '\u{9f}'),
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// A path as it stands in messages and files: with `/` between its parts on every platform, so that
/// what one machine wrote reads the same on another.
///
/// ```
/// use std::path::Path;
/// use tickdeck::domain::text::ShownPath;
/// assert_eq!(Path::new("rec").join("ticks").join("EURUSD.parquet").shown(), "rec/ticks/EURUSD.parquet");
/// ```
pub trait ShownPath {
    /// The path for messages and files. What is not Unicode becomes U+FFFD; nothing is escaped.
    fn shown(&self) -> Cow<'_, str>;
}

impl ShownPath for Path {
    fn shown(&self) -> Cow<'_, str> {
        let text = self.to_string_lossy();
        // On other platforms a backslash is a character like any other.
        if cfg!(windows) { Cow::Owned(text.replace('\\', "/")) } else { text }
    }
}

/// Whether a character is shown as it is.
///
/// ```
/// use tickdeck::domain::text::is_plain;
/// assert!(is_plain('ü') && is_plain(' ') && !is_plain('\u{1b}') && !is_plain('\u{202e}'));
/// ```
#[must_use]
pub fn is_plain(letter: char) -> bool {
    matches!(letter, ' '..='~')
        || !HIDDEN.iter().any(|(first, last)| (*first..=*last).contains(&letter))
}

/// A name or an id as it is shown: on one line, hidden characters escaped, cut at
/// [`NAME_CHARS_MAX`].
///
/// ```
/// use tickdeck::domain::text::name;
/// assert_eq!(name("alpha"), "alpha");
/// assert_eq!(name("alpha\n09:00 buy\u{1b}[31m"), r"alpha\n09:00 buy\u{1b}[31m");
/// ```
#[must_use]
pub fn name(text: &str) -> Cow<'_, str> {
    shown(text, NAME_CHARS_MAX)
}

/// A path, a reason or another text longer than a name, as it is shown: on one line, hidden
/// characters escaped, cut at [`SENTENCE_CHARS_MAX`].
#[must_use]
pub fn sentence(text: &str) -> Cow<'_, str> {
    shown(text, SENTENCE_CHARS_MAX)
}

/// The first `chars_max` characters of a text, the last of them an ellipsis when more follow.
/// Nothing is escaped.
#[must_use]
pub fn cut(text: &str, chars_max: usize) -> Cow<'_, str> {
    if text.len() <= chars_max || text.chars().count() <= chars_max {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().take(chars_max.saturating_sub(1)).chain([CUT]).collect())
}

/// A text as it is shown: on one line, hidden characters escaped, at most `chars_max` characters
/// with the escapes.
#[must_use]
pub fn shown(text: &str, chars_max: usize) -> Cow<'_, str> {
    if text.chars().all(is_plain) {
        return cut(text, chars_max);
    }
    // An escape has at most ten characters, so no more of the text than this can be shown.
    let escaped: String =
        text.chars().take(chars_max + 1).map(|letter| Shown(letter).to_string()).collect();
    Cow::Owned(cut(&escaped, chars_max).into_owned())
}

/// A path or another text of which nothing may be cut, as it is shown: on one line, hidden
/// characters escaped.
///
/// ```
/// use tickdeck::domain::text::line;
/// assert_eq!(line("recordings/a\nb"), r"recordings/a\nb");
/// ```
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    rewritten(text, is_plain, |letter, out| write!(out, "{}", Shown(letter)))
}

/// Our own lines with outside text in them: hidden characters except line ends are escaped, nothing
/// is cut. This is the last guard before a terminal; a text of several lines keeps its lines.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    rewritten(text, is_plain_or_end, |letter, out| write!(out, "{}", Shown(letter)))
}

/// The same JSON without characters that a terminal would act on. They occur only within strings,
/// where they are escaped in JSON's own way.
#[must_use]
pub fn json(text: &str) -> Cow<'_, str> {
    rewritten(text, is_plain_or_end, |letter, out| {
        letter.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}"))
    })
}

fn is_plain_or_end(letter: char) -> bool {
    letter == '\n' || is_plain(letter)
}

fn rewritten(
    text: &str,
    stays: impl Fn(char) -> bool,
    escape: impl Fn(char, &mut String) -> std::fmt::Result,
) -> Cow<'_, str> {
    if text.chars().all(&stays) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        let written = if stays(letter) { out.write_char(letter) } else { escape(letter, &mut out) };
        debug_assert!(written.is_ok(), "writing to a string does not fail");
    }
    Cow::Owned(out)
}

/// One character as it is shown.
struct Shown(char);

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            plain if is_plain(plain) => f.write_char(plain),
            '\n' => f.write_str("\\n"),
            '\r' => f.write_str("\\r"),
            '\t' => f.write_str("\\t"),
            other => write!(f, "{}", other.escape_unicode()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_plain_stays_and_the_rest_is_written_out() {
        for (text, expect) in [
            ("ema-fast 20/50 €", "ema-fast 20/50 €"),
            ("a\n-- b\tc\r", r"a\n-- b\tc\r"),
            ("\u{1b}]0;x\u{7}", r"\u{1b}]0;x\u{7}"),
            ("a\u{202e}b\u{2066}c\u{200f}d\u{61c}", r"a\u{202e}b\u{2066}c\u{200f}d\u{61c}"),
            ("a\u{2028}b\u{2029}c\u{85}", r"a\u{2028}b\u{2029}c\u{85}"),
            ("a\u{200b}b\u{feff}c\u{ad}\u{e0041}", r"a\u{200b}b\u{feff}c\u{ad}\u{e0041}"),
        ] {
            assert_eq!(name(text), expect);
        }
    }

    #[test]
    fn what_is_long_is_cut() {
        assert_eq!(name(&"é".repeat(64)), "é".repeat(64));
        assert_eq!(name(&"é".repeat(65)), "é".repeat(63) + "…");
        assert_eq!(name(&"\n".repeat(1_000_000)), "\\n".repeat(31) + "\\…");
        assert_eq!(cut("abc", 2), "a…");
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(lines("a\nb\u{1b}[2J\n"), "a\nb\\u{1b}[2J\n");
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_shown(text in any::<String>(), hidden in prop::sample::select(HIDDEN.to_vec()), at in 0_usize..8) {
            let at = text.char_indices().map(|(at, _)| at).nth(at).unwrap_or(text.len());
            let text = format!("{}{}{}{}", &text[..at], hidden.0, hidden.1, &text[at..]);
            for shown in [name(&text), sentence(&text)] {
                prop_assert!(shown.chars().all(is_plain), "{:?}", shown);
                prop_assert!(!shown.chars().any(char::is_control));
                prop_assert!(shown.chars().count() <= SENTENCE_CHARS_MAX);
            }
            prop_assert!(name(&text).chars().count() <= NAME_CHARS_MAX);
            prop_assert!(lines(&text).chars().all(|letter| letter == '\n' || is_plain(letter)));
        }

        #[test]
        fn json_says_the_same(text in any::<String>(), hidden in prop::sample::select(HIDDEN.to_vec())) {
            let text = format!("{text}{}{}", hidden.0, hidden.1);
            let plain = json(&serde_json::to_string(&text).unwrap()).into_owned();
            prop_assert!(plain.chars().all(is_plain), "{}", plain);
            prop_assert_eq!(serde_json::from_str::<String>(&plain).unwrap(), text);
        }
    }
}
