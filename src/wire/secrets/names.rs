//! Names of fields that hold secrets.

use serde_json::Value;

/// Names that contain one of these, whatever their case and separators.
const INSIDE: [&str; 35] = [
    "password",
    "passwd",
    "passwrd",
    "pasword",
    "pswd",
    "kennwort",
    "userpass",
    "passphrase",
    "passwort",
    "passcode",
    "secret",
    "apikey",
    "accesskey",
    "privatekey",
    "signingkey",
    "encryptionkey",
    "sessionkey",
    "masterkey",
    "licensekey",
    "token",
    "authorization",
    "authentication",
    "credential",
    "jwt",
    "bearer",
    "signature",
    "cookie",
    "sessionid",
    "sessid",
    "mnemonic",
    "seedphrase",
    "csrf",
    "xsrf",
    "pincode",
    "otpcode",
];
/// Of those, the ones of passwords: whatever stands behind them is one, also a word.
const PASSWORDS: [&str; 8] =
    ["password", "passwd", "passwrd", "pasword", "pswd", "kennwort", "passwort", "passphrase"];
/// Names equal to one of these.
const WHOLE: [&str; 6] = ["pass", "sign", "cvv", "psk", "mfa", "creds"];
/// Names whose last word is one of these: `apiPin`, but not `pinBar`.
const LAST: [&str; 12] =
    ["key", "pin", "pwd", "pw", "passw", "psw", "auth", "otp", "totp", "sig", "sid", "hmac"];
/// Names whose last word ends with one of these: `userpw`, `api_creds`.
const ENDS: [&str; 4] = ["pw", "pwd", "cred", "creds"];
/// Words before a final `pass` that make it a password: `mt5Pass`, but not `highPass`.
const OWNERS: [&str; 16] = [
    "user", "account", "login", "db", "mt", "mt4", "mt5", "my", "admin", "investor", "master",
    "trader", "broker", "smtp", "proxy", "server",
];
/// A number in a field whose name has one of these words is a count: `tokenCount`.
const COUNTS: [&str; 14] = [
    "count",
    "total",
    "limit",
    "max",
    "min",
    "size",
    "length",
    "used",
    "remaining",
    "ttl",
    "age",
    "seconds",
    "ms",
    "expires",
];

/// Whether a field of this name, with this value, looks like a secret.
pub(super) fn is_secret(name: &str, value: &Value) -> bool {
    let words = words(name);
    let counts = value.is_number() && words.iter().any(|word| COUNTS.contains(&word.as_str()));
    !counts && (is_inside(name) || is_short(&words))
}

/// Whether a name contains a word that hardly ever names anything but a secret.
pub(super) fn is_inside(name: &str) -> bool {
    contains_one(name, &INSIDE)
}

/// Whether a name contains a word for a password.
pub(super) fn is_password(name: &str) -> bool {
    contains_one(name, &PASSWORDS)
}

/// Words for secrets that stand in honest names and paths as well, as in `key=EURUSD` and `Token:
/// launch fade`.
const MODEST: [&str; 11] =
    ["key", "keys", "pin", "auth", "sign", "sig", "sid", "token", "tokens", "bearer", "signature"];

/// Whether a name has no other word for a secret than one that is often none. One that says whose
/// it is, as `api_key` does, is more, and so is one for a password.
pub(super) fn is_modest(name: &str) -> bool {
    let words = words(name);
    let ends = words.last().is_some_and(|last| MODEST.contains(&last.as_str()));
    ends && (words.len() == 1 || !is_inside(name))
}

fn contains_one(name: &str, words: &[&str]) -> bool {
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    words.iter().any(|word| plain.contains(word))
}

/// Whether a text may be the name of a header or field: one word of letters, digits and separators.
pub(super) fn is_header(text: &str) -> bool {
    let length = text.chars().count();
    (1..=64).contains(&length)
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter))
}

fn is_short(words: &[String]) -> bool {
    let last =
        words.last().map(|word| word.trim_end_matches(|letter: char| letter.is_ascii_digit()));
    let last =
        last.map(|last| last.strip_suffix('s').filter(|one| LAST.contains(one)).unwrap_or(last));
    if last.is_some_and(|last| ENDS.iter().any(|end| last.ends_with(end))) {
        return true;
    }
    let of_somebody =
        || words.iter().rev().nth(1).is_some_and(|owner| OWNERS.contains(&owner.as_str()));
    last.is_some_and(|last| {
        LAST.contains(&last)
            || (words.len() == 1 && WHOLE.contains(&last))
            || (last == "pass" && of_somebody())
    })
}

/// The words of a name in lower case: the same for `userPIN`, `user_pin` and `user-pin`. Characters
/// without width are left out.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut before = ' ';
    for letter in name.chars().filter(|letter| crate::domain::text::is_plain(*letter)) {
        let begins = letter.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit());
        if !letter.is_alphanumeric() || begins {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_of_secrets_are_known_in_every_spelling() {
        for name in [
            "password",
            "userPassword",
            "API_KEY",
            "x-api-key",
            "apiKey2",
            "accessToken",
            "jwt",
            "pin",
            "userPIN",
            "account_pin",
            "signature",
            "session_cookie",
            "PHPSESSID",
            "sessionId",
            "Authorization",
            "auth",
            "x-auth",
            "bearerToken",
            "clientSecret",
            "key",
            "pass\u{200b}word",
            "pw",
            "user_pw",
            "passwrd",
            "pswd",
            "userPass",
            "MT5_PASS",
            "investor-pass",
            "userpw",
            "mt5pwd",
            "api_creds",
            "keys",
        ] {
            assert!(is_secret(name, &json!("x")), "{name}");
        }
    }

    #[test]
    fn names_of_other_things_are_not() {
        for name in [
            "keyword",
            "monkey",
            "pinBar",
            "passThrough",
            "author",
            "assign",
            "strategyId",
            "design",
            "session",
            "highPass",
            "lowpass",
            "raw",
            "spw1x",
        ] {
            assert!(!is_secret(name, &json!("x")), "{name}");
        }
        assert!(
            !is_secret("tokenCount", &json!(5)) && !is_secret("max_tokens", &json!(5)),
            "a count is no secret"
        );
        assert!(is_secret("tokenCount", &json!("5")) && is_secret("pin", &json!(1234)));
    }
}
