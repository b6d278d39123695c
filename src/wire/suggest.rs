//! "Did you mean …": the known word nearest to an unknown one.

/// Below this likeness a suggestion would puzzle more than help.
const LIKENESS_MIN: f64 = 0.8;

/// The word among `known` that `word` was probably meant to be; upper and lower case are the same.
#[must_use]
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let wanted = word.to_lowercase();
    known
        .iter()
        .map(|name| (strsim::jaro_winkler(&wanted, &name.to_lowercase()), *name))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// A sentence that helps with an unknown `word`: the nearest known one, else all of them.
#[must_use]
pub fn hint(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(name) => format!("did you mean `{name}`?"),
        None if known.is_empty() => "nothing is expected here".to_owned(),
        None => format!("expected {}", list(known)),
    }
}

/// `a, b or c`.
#[must_use]
pub fn list(words: &[&str]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_or_all_of_them() {
        assert_eq!(hint("stoploss", &["stopLoss", "takeProfit"]), "did you mean `stopLoss`?");
        assert_eq!(hint("zzz", &["above", "below", "both"]), "expected above, below or both");
        assert_eq!(hint("x", &[]), "nothing is expected here");
    }
}
