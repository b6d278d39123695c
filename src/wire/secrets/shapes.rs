//! Values that are secrets by their shape, whatever the name of their field.

use super::names;
use serde_json::Value;
use std::borrow::Cow;

/// How the keys of well-known services begin.
const ISSUED: [&str; 12] =
    ["ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "sk_live_", "rk_live_", "sk-", "AKIA", "AIza"];
/// The shortest length of such a key.
const ISSUED_CHARS_MIN: usize = 20;

/// Whether a text is, or quotes, something that looks like a secret.
pub(super) fn is_secret(text: &str) -> bool {
    has_scheme(text)
        || text.split_whitespace().any(has_userinfo)
        || words(text).any(|word| is_web_token(word) || is_issued(word))
        || text.contains("PRIVATE KEY-----")
        || assigns(text)
}

/// Whether a word names a secret, or is the beginning of such a name where the text ends.
pub(super) fn may_hold_secret(text: &str) -> bool {
    let mut names = text.split(|letter: char| !letter.is_alphanumeric() && !"_-".contains(letter));
    names.any(|name| names::is_secret(name, &Value::Null)) || words(text).any(begins_secret)
}

/// `eyJ…` without its other parts, `scheme://user:pa` without its host.
fn begins_secret(word: &str) -> bool {
    let userinfo = word.match_indices("://").any(|(at, mark)| {
        let authority = word[at + mark.len()..].split(['/', '?', '#']).next().unwrap_or_default();
        authority.split_once(':').is_some_and(|(_, rest)| !rest.bytes().all(|byte| byte.is_ascii_digit()))
    });
    userinfo || word.contains("eyJ")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| letter.is_whitespace() || "\"'`,;<>()[]{}|\\".contains(letter)).filter(|word| !word.is_empty())
}

/// `Bearer xyz`, `Basic dXNlcjpwYXNz`.
fn has_scheme(text: &str) -> bool {
    let mut words = text.split(|letter: char| letter.is_whitespace() || "\"'`:=,\\".contains(letter)).filter(|word| !word.is_empty());
    let mut before = words.next().unwrap_or_default();
    words.any(|word| {
        let scheme = std::mem::replace(&mut before, word);
        scheme.eq_ignore_ascii_case("bearer") || (scheme.eq_ignore_ascii_case("basic") && is_encoded(word))
    })
}

/// Whether a word looks like base64 rather than like a word.
fn is_encoded(word: &str) -> bool {
    let odd = |letter: char| letter.is_ascii_digit() || letter == '=' || letter.is_ascii_uppercase();
    word.len() >= 8
        && word.chars().all(|letter| letter.is_ascii_alphanumeric() || "+/=_-".contains(letter))
        && word.chars().skip(1).any(odd)
}

/// `scheme://user:pass@host`, also where the password holds a slash.
fn has_userinfo(word: &str) -> bool {
    let Some(last) = word.rfind('@') else { return false };
    word.match_indices("://").any(|(at, mark)| {
        let rest = &word[at + mark.len()..];
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.contains('@') || (authority.contains(':') && at < last)
    })
}

/// Three or more parts in base64, the first of them that of a JSON object: `eyJ….….…`; the last may be empty.
fn is_web_token(word: &str) -> bool {
    let runs = word.split(|letter: char| !letter.is_ascii_alphanumeric() && !"_-.".contains(letter));
    runs.filter_map(|run| run.find("eyJ").map(|at| &run[at..])).any(|token| {
        let parts = token.split('.').count();
        let said = token.split('.').filter(|part| !part.is_empty()).count();
        parts >= 3 && said >= 2
    })
}

fn is_issued(word: &str) -> bool {
    let word = word.rsplit(['=', ':']).next().unwrap_or_default();
    word.len() >= ISSUED_CHARS_MIN && ISSUED.iter().any(|begin| word.starts_with(begin))
}

/// `password: x`, `api_key=x`, `"token":"x"` inside of a text.
fn assigns(text: &str) -> bool {
    assigned(text, &[':', '=']).any(names::is_inside) || assigned(text, &['=']).any(|name| names::is_secret(name, &Value::Null))
}

/// The names before each of the marks that something follows.
fn assigned<'a>(text: &'a str, marks: &'a [char]) -> impl Iterator<Item = &'a str> {
    let around = |letter: char| letter.is_whitespace() || "\"'\\".contains(letter);
    text.match_indices(marks).filter_map(move |(at, mark)| {
        let value = text[at + mark.len()..].trim_start_matches(around);
        let before = text[..at].trim_end_matches(around);
        let begin = before.rfind(|letter: char| !letter.is_alphanumeric() && !"_-".contains(letter));
        let begin = begin.map_or(0, |at| at + before[at..].chars().next().map_or(0, char::len_utf8));
        (!value.is_empty() && !value.starts_with([',', '}', '&'])).then(|| &before[begin..])
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
        let letter = part.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
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
