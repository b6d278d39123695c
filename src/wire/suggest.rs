//! "Did you mean …": the known word nearest to an unknown one.

/// The least similarity for a suggestion; below it, one would puzzle more than help.
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

/// The name nearest to the unknown one among those listed in serde's message, in back quotes or
/// after a colon.
#[must_use]
pub fn nearest_in_message(message: &str) -> Option<&str> {
    if let Some((wrong, known)) = message
        .split_once("unexpected keys in table: ")
        .and_then(|(_, rest)| rest.split_once(", available keys: "))
    {
        return nearest(
            wrong.split(", ").next()?,
            &known.trim_end().split(", ").collect::<Vec<_>>(),
        );
    }
    let (_, list) =
        message.split_once("unknown field ").or_else(|| message.split_once("unknown variant "))?;
    let mut names = list.split('`').skip(1).step_by(2);
    let wrong = names.next()?;
    nearest(wrong, &names.collect::<Vec<_>>())
}

/// A sentence that helps with an unknown `word`: the nearest known one, or all of them.
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
    fn the_nearest_name_of_a_message_is_offered_and_a_far_one_is_not() {
        let nearest = nearest_in_message;
        assert_eq!(
            nearest("unknown field `sorce`, expected one of `seq`, `source`, `event`"),
            Some("source")
        );
        assert_eq!(nearest("unknown field `zzz`, expected one of `seq`, `source`"), None);
        assert_eq!(
            nearest("unexpected keys in table: sede, available keys: ticks, seed\n"),
            Some("seed")
        );
        assert_eq!(nearest("invalid type"), None);
    }

    #[test]
    fn the_nearest_word_or_all_of_them() {
        assert_eq!(hint("stoploss", &["stopLoss", "takeProfit"]), "did you mean `stopLoss`?");
        assert_eq!(hint("zzz", &["above", "below", "both"]), "expected above, below or both");
        assert_eq!(hint("x", &[]), "nothing is expected here");
    }
}
