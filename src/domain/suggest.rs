//! "Did you mean …": the known name that an unknown one was probably meant to be, or the few nearest.

/// The least similarity for a suggestion; below it, one would puzzle more than help.
const LIKENESS_MIN: f64 = 0.8;

/// The longest list of names that a message holds: of a longer one it names the nearest.
const LIST_MAX: usize = 12;

/// How many names of a longer list a message holds.
const FEW: usize = 5;

/// What other programs and other fields call things, in lower case and without `_` and `-`, and the names
/// that they may have here.
const OTHER_NAMES: [(&str, &[&str]); 24] = [
    ("sl", &["stopLoss"]),
    ("stoplosspips", &["stopLoss"]),
    ("stoplosspoints", &["stopLoss"]),
    ("tp", &["takeProfit"]),
    ("takeprofitpips", &["takeProfit"]),
    ("takeprofitpoints", &["takeProfit"]),
    ("lot", &["lotSize", "lots"]),
    ("lots", &["lotSize"]),
    ("size", &["lotSize", "lots"]),
    ("quantity", &["lotSize", "lots"]),
    ("qty", &["lotSize", "lots"]),
    ("volume", &["lotSize", "lots"]),
    ("maxpositions", &["maxOpenTrades"]),
    ("maxopentrades", &["maxPositions"]),
    ("slippage", &["maxSlippage", "deviation"]),
    ("deviation", &["maxSlippage", "slippage"]),
    ("deposit", &["balance"]),
    ("initialdeposit", &["balance"]),
    ("commission", &["commission_per_lot"]),
    ("spread", &["maxSpreadPips"]),
    ("maxspread", &["maxSpreadPips"]),
    ("tf", &["timeframe"]),
    ("timezone", &["zone"]),
    ("zone", &["timezone"]),
];

/// What other programs let people set, and the executor sets itself.
const SET_ITSELF: [&str; 5] = ["magic", "magicnumber", "expertid", "comment", "fillingmode"];

/// Whether `word` is something that other programs let people set, and the executor sets itself.
#[must_use]
pub fn is_set_itself(word: &str) -> bool {
    SET_ITSELF.contains(&plain(word).as_str())
}

/// The names that other programs' and other fields' name for something may have here.
#[must_use]
pub fn other_names(word: &str) -> &'static [&'static str] {
    let wanted = plain(word);
    OTHER_NAMES.iter().find(|(other, _)| *other == wanted).map_or(&[], |(_, here)| here)
}

/// A name in lower case, without what some spellings put between words.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|letter| !matches!(letter, '_' | '-' | ' '))
        .collect::<String>()
        .to_lowercase()
}

/// The name among `known` that `word` was probably meant to be, however it is spelt; or else the one that
/// has another name elsewhere.
#[must_use]
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let wanted = plain(word);
    let same = || known.iter().find(|name| plain(name) == wanted).copied();
    let called = || {
        let here = other_names(word);
        here.iter().find_map(|here| known.iter().find(|name| *name == here)).copied()
    };
    let like =
        || by_likeness(word, known).into_iter().find(|(likeness, _)| *likeness >= LIKENESS_MIN);
    same().or_else(called).or_else(|| like().map(|(_, name)| name))
}

/// The names among `known` that are most like `word`, the likest first, and no more than [`FEW`].
#[must_use]
pub fn nearest_few<'a>(word: &str, known: &[&'a str]) -> Vec<&'a str> {
    let mut few: Vec<&str> = nearest(word, known).into_iter().collect();
    for (_, name) in by_likeness(word, known) {
        if few.len() < FEW && !few.contains(&name) {
            few.push(name);
        }
    }
    few
}

/// Each name with how like `word` it is, the likest first; upper and lower case are the same. Two letters
/// that have changed places are the likeliest slip.
fn by_likeness<'a>(word: &str, known: &[&'a str]) -> Vec<(f64, &'a str)> {
    let wanted = word.to_lowercase();
    let letters = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let likeness = |name: &str| {
        let name = name.to_lowercase();
        let is_slip =
            strsim::osa_distance(&wanted, &name) == 1 && letters(&wanted) == letters(&name);
        if is_slip { 1.0 } else { strsim::jaro_winkler(&wanted, &name) }
    };
    let mut found: Vec<(f64, &str)> = known.iter().map(|name| (likeness(name), *name)).collect();
    found.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    found
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

/// A message of serde's that lists more names than anybody reads, with the nearest of them in their place.
#[must_use]
pub fn shortened(message: &str) -> Option<String> {
    let (before, list) = message.split_once(", expected one of ")?;
    let names: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
    let wrong = before.rsplit('`').nth(1)?;
    (names.len() > LIST_MAX).then(|| {
        let few = nearest_few(wrong, &names).join(", ");
        format!("{before}; the nearest of {} are {few}", names.len())
    })
}

/// A sentence that helps with an unknown `word`: the nearest known one, all of them where they are few, or
/// those nearest to it.
#[must_use]
pub fn hint(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(name) => format!("did you mean `{name}`?"),
        None if is_set_itself(word) => "the executor sets it itself: leave it out".to_owned(),
        None if known.is_empty() => "nothing is expected here".to_owned(),
        None if known.len() > LIST_MAX => few_of(word, known),
        None => format!("expected {}", list(known)),
    }
}

/// The one name that a [`hint`] takes for what was meant.
#[must_use]
pub fn meant_by(hint: &str) -> Option<&str> {
    hint.strip_prefix("did you mean `")?.strip_suffix("`?")
}

/// As [`hint`] where there are many names: `whole` is the command that lists them all.
#[must_use]
pub fn hint_of(word: &str, known: &[&str], whole: &str) -> String {
    match nearest(word, known) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("{} (all of them: {whole})", few_of(word, known)),
    }
}

fn few_of(word: &str, known: &[&str]) -> String {
    let few = nearest_few(word, known);
    format!("the nearest of {} are {}", known.len(), few.join(", "))
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
        assert_eq!(hint("eam", &["sma", "ema", "dema"]), "did you mean `ema`?");
    }

    #[test]
    fn what_has_another_name_elsewhere_is_told_by_the_one_that_it_has_here() {
        let exit = ["type", "stopLoss", "takeProfit"];
        for word in ["sl", "SL", "stop_loss", "stop-loss", "StopLossPips"] {
            assert_eq!(hint(word, &exit), "did you mean `stopLoss`?", "{word}");
        }
        assert_eq!(hint("lots", &["lotSize", "maxOpenTrades"]), "did you mean `lotSize`?");
        assert_eq!(hint("lot", &["lots", "percent"]), "did you mean `lots`?");
        assert_eq!(hint("slippage", &["maxSlippage"]), "did you mean `maxSlippage`?");
        assert_eq!(hint("magic", &exit), "the executor sets it itself: leave it out");
        assert_eq!(hint("tp", &["lotSize"]), "expected lotSize");
    }

    #[test]
    fn of_many_names_the_nearest_are_told() {
        let many =
            ["aa", "bb", "cc", "dd", "ee", "ff", "gg", "hh", "ii", "jj", "kk", "ll", "mm", "xqqqq"];
        let told = "the nearest of 14 are xqqqq, aa, bb, cc, dd";
        assert_eq!(hint("x1", &many), told);
        assert_eq!(hint_of("x1", &many, "`all`"), format!("{told} (all of them: `all`)"));
        let listed = many.map(|name| format!("`{name}`")).join(", ");
        let message = format!("unknown variant `x1`, expected one of {listed}");
        let short = format!("unknown variant `x1`; {told}");
        assert_eq!(shortened(&message), Some(short));
        assert_eq!(shortened("unknown field `a`, expected one of `b`, `c`"), None);
    }
}
