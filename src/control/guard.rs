//! Who gets in: whoever has the token, from this machine, and no page of another origin.

use axum::http::{HeaderMap, StatusCode, header};
use std::fs::File;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;

/// 256 bits.
const TOKEN_BYTES: usize = 32;

/// A token that nobody can guess.
///
/// # Errors
/// When the system has no random numbers.
pub fn new_token() -> io::Result<String> {
    let mut words = [0_u128; TOKEN_BYTES / 16];
    for word in &mut words {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        *word = u128::from_ne_bytes(bytes);
    }
    Ok(words.map(|word| format!("{word:032x}")).concat())
}

/// Writes a file that nobody but its owner can read. On Windows the folders of a user are the user's alone.
///
/// # Errors
/// When it cannot be written.
pub fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

/// Lets in, or not.
#[derive(Debug, Clone)]
pub struct Guard {
    /// What `Host` may be.
    hosts: [String; 2],
    bearer: String,
}

impl Guard {
    /// For a server at an address.
    #[must_use]
    pub fn new(address: SocketAddr, token: &str) -> Self {
        let hosts = [address.to_string(), format!("localhost:{}", address.port())];
        Self { hosts, bearer: format!("Bearer {token}") }
    }

    /// Whether a page of another origin, or one by another name of this machine, is behind a call.
    ///
    /// # Errors
    /// 403 where it is.
    pub fn check_origin(&self, headers: &HeaderMap) -> Result<(), StatusCode> {
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?").to_owned());
        let is_here = text(header::HOST).is_some_and(|host| self.hosts.contains(&host));
        let is_own = text(header::ORIGIN).is_none_or(|origin| {
            let host = origin.strip_prefix("http://").unwrap_or(&origin);
            self.hosts.iter().any(|own| own == host)
        });
        if is_here && is_own { Ok(()) } else { Err(StatusCode::FORBIDDEN) }
    }

    /// Whether a call has the token.
    ///
    /// # Errors
    /// 401 where it has not.
    pub fn check_token(&self, headers: &HeaderMap) -> Result<(), StatusCode> {
        let given = headers.get(header::AUTHORIZATION).map_or(&b""[..], |value| value.as_bytes());
        if is_same(given, self.bearer.as_bytes()) { Ok(()) } else { Err(StatusCode::UNAUTHORIZED) }
    }
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let differs = one.iter().zip(other).fold(0, |all, (one, other)| all | (one ^ other));
    one.len() == other.len() && differs == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        list.iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect::<HeaderMap>()
    }

    #[test]
    fn only_this_machine_and_only_with_the_token() {
        let guard = Guard::new("127.0.0.1:8080".parse().unwrap(), "abc");
        let is_own = |list: &[(&'static str, &str)]| guard.check_origin(&headers(list)).is_ok();
        assert!(is_own(&[("host", "127.0.0.1:8080")]) && is_own(&[("host", "localhost:8080")]));
        assert!(is_own(&[("host", "localhost:8080"), ("origin", "http://localhost:8080")]));
        assert!(!is_own(&[]) && !is_own(&[("host", "evil.example:8080")]));
        assert!(!is_own(&[("host", "127.0.0.1:8080"), ("origin", "http://evil.example")]));
        assert!(!is_own(&[("host", "127.0.0.1:8080"), ("origin", "null")]));
        let has = |value: &str| guard.check_token(&headers(&[("authorization", value)])).is_ok();
        assert!(has("Bearer abc"));
        assert!(!has("Bearer abd") && !has("Bearer ab") && !has("Bearer abcd") && !has("abc"));
        assert!(guard.check_token(&headers(&[])).is_err());
    }

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let (one, other) = (new_token().unwrap(), new_token().unwrap());
        assert!(one.len() == 64 && one != other);
    }
}
