//! Values that are secrets by their shape, whatever the name of their field.

use super::names;
use serde_json::Value;
use std::borrow::Cow;
use std::ops::Range;

/// The prefixes of keys that well-known services issue.
const ISSUED: [&str; 10] = [
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "sk_live_",
    "rk_live_",
    "AIza",
];
/// The shortest length of such a key, in characters.
const ISSUED_CHARS_MIN: usize = 20;
/// Further prefixes of such keys. Ordinary names begin so as well, so the rest must look random.
const ISSUED_IF_RANDOM: [&str; 2] = ["sk-", "AKIA"];
/// The shortest run of letters and digits that looks random.
const RANDOM_CHARS_MIN: usize = 16;

/// The shortest word that may stand behind `Bearer` without being a secret.
const WORD_CHARS_MIN: usize = 4;

/// In the first line of a private key's file.
const PRIVATE_KEY: &str = "PRIVATE KEY-----";

/// Whether a text is, or quotes, something that looks like a secret.
pub(super) fn is_secret(text: &str) -> bool {
    secrets(text).next().is_some() || assigns(text)
}

/// As [`is_secret`], of a name or a path: short words that name secrets are words of it, unless
/// what follows looks random.
pub(super) fn is_secret_in_name(text: &str) -> bool {
    secrets(text).any(|found| !is_behind_scheme(text, &found) || !is_word(&text[found]))
        || assigned(text).any(|(name, mark, begin)| {
            assigns_secret(&text[name.clone()], mark) && !is_honest(text, &name, begin)
        })
}

/// Whether the value that begins at `begin` is an honest part of a name or a path, by its own looks
/// and by the name before it.
pub(super) fn is_honest(text: &str, name: &Range<usize>, begin: usize) -> bool {
    // In quotes it stands as in JSON, and behind these in a query.
    let is_bare =
        text[name.end..begin].chars().all(|letter| letter.is_whitespace() || ":=".contains(letter));
    let is_queried = text[..name.start].ends_with(['?', '&']);
    is_bare
        && !is_queried
        && names::is_modest(&text[name.clone()])
        && !looks_random(first_part(&text[begin..]))
}

/// What of a value stands before a mark that ends it.
pub(super) fn first_part(value: &str) -> &str {
    value
        .split(|letter: char| letter.is_whitespace() || "/\\\"'`,;&)]}".contains(letter))
        .next()
        .unwrap_or_default()
}

/// Whether a text looks random, as no word, symbol or timeframe does: with a digit between letters,
/// or long.
fn looks_random(text: &str) -> bool {
    let mut runs = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    runs.any(|run| {
        let inner = run.trim_matches(|letter: char| letter.is_ascii_digit());
        run.len() >= ISSUED_CHARS_MIN || inner.bytes().any(|letter| letter.is_ascii_digit())
    })
}

/// Whether a text is a word as people write them.
pub(super) fn is_word(text: &str) -> bool {
    text.len() >= WORD_CHARS_MIN
        && text.bytes().all(|letter| letter.is_ascii_alphabetic())
        && text.bytes().skip(1).all(|letter| letter.is_ascii_lowercase())
}

/// Whether what was found is that because of the `Bearer` before it.
pub(super) fn is_behind_scheme(text: &str, found: &Range<usize>) -> bool {
    let before = text[..found.start].trim_end();
    before.len() >= 6
        && before.is_char_boundary(before.len() - 6)
        && before[before.len() - 6..].eq_ignore_ascii_case("bearer")
}

/// What is a secret by its shape, without names: each part of the text that should not be told.
pub(super) fn secrets(text: &str) -> impl Iterator<Item = Range<usize>> {
    let whole = parts(text, char::is_whitespace).filter_map(|word| with_userinfo(text, word));
    let marked = words(text)
        .filter(|word| is_web_token(&text[word.clone()]) || is_issued(&text[word.clone()]));
    behind_schemes(text).chain(whole).chain(marked).chain(private_key(text))
}

/// From the name of a private key to the end of the text.
pub(super) fn private_key(text: &str) -> Option<Range<usize>> {
    text.find(PRIVATE_KEY).map(|at| at..text.len())
}

/// Whether a word names a secret, or is the beginning of such a name where the text ends.
pub(super) fn may_hold_secret(text: &str) -> bool {
    let mut names = text.split(|letter: char| !letter.is_alphanumeric() && !"_-".contains(letter));
    names.any(|name| names::is_secret(name, &Value::Null))
        || words(text).any(|word| begins_secret(&text[word]))
}

/// `eyJ…` without its other parts, `scheme://user:pa` without its host.
fn begins_secret(word: &str) -> bool {
    let userinfo = word.match_indices("://").any(|(at, mark)| {
        let authority = word[at + mark.len()..].split(['/', '?', '#']).next().unwrap_or_default();
        authority
            .split_once(':')
            .is_some_and(|(_, rest)| !rest.bytes().all(|byte| byte.is_ascii_digit()))
    });
    userinfo || word.contains("eyJ")
}

/// The parts of a text between such letters, in their order.
fn parts(text: &str, is_between: impl Fn(char) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut begin = 0;
    text.split(is_between).filter_map(move |part| {
        // What follows a part is one letter of those between.
        let here = begin;
        let end = here + part.len();
        begin = end + text[end..].chars().next().map_or(0, char::len_utf8);
        (!part.is_empty()).then_some(here..end)
    })
}

fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    parts(text, |letter| letter.is_whitespace() || "\"'`,;<>()[]{}|\\".contains(letter))
}

/// What stands behind the name of a scheme: `Bearer xyz`, `Basic dXNlcjpwYXNz`.
fn behind_schemes(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut before = "";
    parts(text, |letter| letter.is_whitespace() || "\"'`:=,\\".contains(letter)).filter(
        move |word| {
            let word = &text[word.clone()];
            let scheme = std::mem::replace(&mut before, word);
            scheme.eq_ignore_ascii_case("bearer")
                || (scheme.eq_ignore_ascii_case("basic") && is_user_and_password(word))
        },
    )
}

/// Whether a word is base64 of a user's name and a password, rather than a name.
fn is_user_and_password(word: &str) -> bool {
    let digits = word.trim_end_matches('=');
    let Some(values) = digits.bytes().map(base64_value).collect::<Option<Vec<u32>>>() else {
        return false;
    };
    if values.len() < 3 {
        return false;
    }
    let bytes = values.chunks(4).flat_map(|four| {
        let bits = four.iter().fold(0, |bits, value| bits << 6 | value) << (6 * (4 - four.len()));
        bits.to_be_bytes().into_iter().skip(1).take(four.len() * 6 / 8)
    });
    let bytes: Vec<u8> = bytes.collect();
    !bytes.iter().any(u8::is_ascii_control) && (bytes.contains(&b':') || digits.len() < word.len())
}

/// The value of a digit in base64, in either of its alphabets.
fn base64_value(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(value.into())
}

/// `scheme://user:pass@host`, also where the password holds a slash: from its scheme to the end of
/// the word.
fn with_userinfo(text: &str, word: Range<usize>) -> Option<Range<usize>> {
    let inner = &text[word.clone()];
    let last = inner.rfind('@')?;
    let (at, _) = inner.match_indices("://").find(|(at, mark)| {
        let rest = &inner[at + mark.len()..];
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.contains('@') || (authority.contains(':') && *at < last)
    })?;
    let scheme = inner[..at]
        .trim_end_matches(|letter: char| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
        .len();
    let end = inner.trim_end_matches(|letter: char| "`\"',;:.!?)]}>".contains(letter)).len();
    Some(word.start + scheme..word.start + end)
}

/// Three or more parts in base64, the first of them that of a JSON object: `eyJ….….…`; the last may
/// be empty.
fn is_web_token(word: &str) -> bool {
    let runs =
        word.split(|letter: char| !letter.is_ascii_alphanumeric() && !"_-.".contains(letter));
    runs.filter_map(|run| run.find("eyJ").map(|at| &run[at..])).any(|token| {
        let parts = token.split('.').count();
        let said = token.split('.').filter(|part| !part.is_empty()).count();
        parts >= 3 && said >= 2
    })
}

/// A key as services give them out: with one of their prefixes, and what follows looks random.
fn is_issued(word: &str) -> bool {
    let word = word.rsplit(['=', ':']).next().unwrap_or_default();
    let is_marked =
        word.len() >= ISSUED_CHARS_MIN && ISSUED.iter().any(|begin| word.starts_with(begin));
    is_marked
        || ISSUED_IF_RANDOM.iter().any(|begin| word.strip_prefix(begin).is_some_and(has_random_run))
}

/// Whether a long run of letters and digits is in a text, as no name has and no date: at least four
/// of one and two of the other.
fn has_random_run(text: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|run| {
        let letters = run.bytes().filter(u8::is_ascii_alphabetic).count();
        run.len() >= RANDOM_CHARS_MIN && letters >= 4 && run.len() - letters >= 2
    })
}

/// `password: x`, `api_key=x`, `"token":"x"` inside of a text.
fn assigns(text: &str) -> bool {
    assigned(text).any(|(name, mark, _)| assigns_secret(&text[name], mark))
}

fn assigns_secret(name: &str, mark: char) -> bool {
    names::is_inside(name) || (mark == '=' && names::is_secret(name, &Value::Null))
}

/// Each `:` and `=` behind which something stands: the name before it, the mark, and where its
/// value begins.
pub(super) fn assigned(text: &str) -> impl Iterator<Item = (Range<usize>, char, usize)> {
    let around = |letter: char| letter.is_whitespace() || "\"'\\".contains(letter);
    text.match_indices([':', '=']).filter_map(move |(at, mark)| {
        let value = text[at + mark.len()..].trim_start_matches(around);
        let before = text[..at].trim_end_matches(around);
        let begin =
            before.rfind(|letter: char| !letter.is_alphanumeric() && !"_-".contains(letter));
        let begin =
            begin.map_or(0, |at| at + before[at..].chars().next().map_or(0, char::len_utf8));
        let says = !value.is_empty() && !value.starts_with([',', '}', '&']);
        says.then(|| {
            (begin..before.len(), if mark == "=" { '=' } else { ':' }, text.len() - value.len())
        })
    })
}

/// A text with escapes such as `\u0070` decoded, as JSON would.
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains("\\u") {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split("\\u");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let letter = part
            .get(..4)
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .and_then(char::from_u32);
        if let Some(letter) = letter {
            out.push(letter);
            out.push_str(&part[4..]);
        } else {
            out.push_str("\\u");
            out.push_str(part);
        }
    }
    Cow::Owned(out)
}
