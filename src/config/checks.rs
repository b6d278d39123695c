//! Checks of values in a session file that the types do not make.

use crate::config::error::ConfigError;
use crate::domain::amount::{Money, Points, Price, Volume};
use crate::domain::decimal::pow10;
use crate::domain::point_in_time::PointInTime;
use crate::domain::suggest::hint;
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::Timestamp;
use crate::executor::config::{Followed, Limits};
use crate::risk::account::AccountRisk;
use crate::session::description::{
    AccountModel, BrokerModel, Latency, SessionFile, Slippage, TickSource,
};
use crate::sim::broker::fault;
use crate::sim::generate::TICKS_MAX;
use crate::strategy::copying::FOLLOWER;
use crate::valuation::conversion::{Converter, Deposit, NoConversion};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The largest number of attempts at one request: more would be a mistake in the file.
const RETRIES_MAX: usize = 10;

/// The largest number of symbols that [`crate::domain::id::SymbolId`] can distinguish.
const SYMBOLS_MAX: usize = 65_535;

/// The largest deposit, and the largest commission of one deal. [`Money`] holds nine times as much:
/// room for profits.
const MONEY_MOST: Money = Money::from_raw(10_000_000_000 * pow10(Money::SCALE));

/// A field and what is wrong with it.
type Flaw = (String, String);

/// Refuses values that are not allowed: of each part of the file the first.
///
/// # Errors
/// It names the fields and what would be right.
pub(super) fn check(path: &Path, file: &SessionFile) -> Result<(), ConfigError> {
    let found = [
        calendar(file),
        symbols(file),
        strategies(file),
        programs(file),
        followed(file),
        account(&file.account),
        broker(&file.broker),
        limits(&file.limits),
        risk(&file.risk).and_then(|()| correlated(file)),
        span(file),
        ticks(file),
    ];
    let mut flaws: Vec<Flaw> = found.into_iter().filter_map(Result::err).collect();
    match (flaws.pop(), flaws.as_slice()) {
        (None, _) => Ok(()),
        (Some((field, reason)), []) => Err(ConfigError::field(path, field, reason)),
        (Some(last), _) => {
            let told = flaws.into_iter().chain([last]);
            let told = told.map(|(field, reason)| format!("{field}: {reason}"));
            Err(ConfigError::several(path, told.collect()))
        }
    }
}

/// # Errors
/// A session that ends before it begins.
fn span(file: &SessionFile) -> Result<(), Flaw> {
    match (file.from, file.to) {
        (Some(from), Some(to)) if from.utc(&file.zone) >= to.utc(&file.zone) => {
            Err(("to".to_owned(), format!("must be after `from`, which is {from}")))
        }
        _ => Ok(()),
    }
}

/// # Errors
/// A first moment before that of a recording, which holds no tick of that time.
pub(super) fn within(recorded: &SessionFile, from: Option<PointInTime>) -> Result<(), Flaw> {
    let zone = &recorded.zone;
    match (from, recorded.from) {
        (Some(from), Some(own)) if from.utc(zone) < own.utc(zone) => Err((
            "from".to_owned(),
            format!("must not be before {own}, where the recording begins"),
        )),
        _ => Ok(()),
    }
}

/// # Errors
/// The first source that is not distinct from everything else.
pub(super) fn followed(file: &SessionFile) -> Result<(), Flaw> {
    for (place, followed) in file.followed.iter().enumerate() {
        let Followed { id, symbol, .. } = followed;
        let wrong = |reason: String| Err((format!("followed[{place}].id"), reason));
        if id.as_str().is_empty() || id.as_str().starts_with(FOLLOWER) {
            return wrong(format!("must be a name that does not begin with {FOLLOWER}"));
        }
        if file.followed[..place].iter().any(|other| other.id == *id)
            || file.strategy.iter().any(|entry| entry.id == id.as_str())
        {
            return wrong(format!("`{id}` stands twice: give the source another id"));
        }
        if !file.symbols.contains(symbol) {
            return Err((
                format!("followed[{place}].symbol"),
                format!("`{symbol}` is not one of the session's symbols"),
            ));
        }
    }
    Ok(())
}

fn programs(file: &SessionFile) -> Result<(), Flaw> {
    let unnamed =
        file.programs.iter().position(|command| command.first().is_none_or(String::is_empty));
    let reason = || "must name a program, such as [\"python3\", \"my.py\"]".to_owned();
    unnamed.map_or(Ok(()), |place| Err((format!("programs[{place}]"), reason())))
}

/// Refuses a commission that could not be charged for the largest order of a symbol.
///
/// # Errors
/// It names the field and the symbol.
pub(super) fn check_commission(
    path: &Path,
    file: &SessionFile,
    specs: &[SymbolSpec],
) -> Result<(), ConfigError> {
    let per_lot = i128::from(file.broker.commission_per_lot.raw());
    let one_lot = i128::from(pow10(Volume::SCALE));
    let excess = specs.iter().find(|spec| {
        (per_lot * i128::from(spec.volume_max.raw())).abs() / one_lot > i128::from(MONEY_MOST.raw())
    });
    let Some(spec) = excess else { return Ok(()) };
    let reason = format!(
        "{} a lot is more than {MONEY_MOST} for the {} lots that an order of {} may have: give less, or a smaller volume_max",
        file.broker.commission_per_lot, spec.volume_max, spec.name
    );
    Err(ConfigError::field(path, "broker.commission_per_lot", reason))
}

/// Refuses limits on the equity where the executor could not tell it: where it does not hear the quotes
/// that convert what a symbol earns.
///
/// # Errors
/// It names the symbol and what is missing.
pub(super) fn check_conversion(
    path: &Path,
    file: &SessionFile,
    specs: &[SymbolSpec],
) -> Result<(), ConfigError> {
    let needs = file.risk.watches_equity() || file.risk.has_conditions();
    if !needs && file.followed.is_empty() {
        return Ok(());
    }
    let heard: Vec<_> = specs.iter().take(file.subscribed().len()).map(Some).collect();
    let AccountModel { currency, rates, .. } = &file.account;
    let converter = Converter::new(Deposit { currency, rates }, &heard);
    converter.missing().map_or(Ok(()), |missing| {
        let NoConversion { symbol, currency, deposit } = missing;
        let reason = format!(
            "leaves out what tells the value of {currency} in {deposit}, in which {symbol} counts: limits on the equity need it"
        );
        Err(ConfigError::field(path, "subscribed", reason))
    })
}

/// Refuses limits on the account that make no sense.
pub(super) fn risk(risk: &AccountRisk) -> Result<(), Flaw> {
    risk.check().map_err(|flaw| (format!("risk.{}", flaw.path), flaw.reason))
}

/// Refuses to keep away from news of which nothing is known.
///
/// # Errors
/// It says what is missing.
pub(super) fn check_flat_news(path: &Path, file: &SessionFile) -> Result<(), ConfigError> {
    if file.risk.flat_news.is_none() || !file.calendar.is_empty() {
        return Ok(());
    }
    let reason = "needs a calendar: name a file under `news`, or give [[calendar]] entries";
    Err(ConfigError::field(path, "risk.flat_news", reason))
}

/// Refuses a limit on correlated exposure that needs more bars than may be asked for.
fn correlated(file: &SessionFile) -> Result<(), Flaw> {
    let most = file.limits.history_bars_max;
    let is_enough = file.risk.max_correlated.is_none_or(|it| it.bars < most);
    let reason = format!("must be below limits.history_bars_max, which is {most}");
    unless(is_enough, "risk.max_correlated.bars", &reason)
}

fn unless(sound: bool, field: &str, reason: &str) -> Result<(), Flaw> {
    if sound { Ok(()) } else { Err((field.to_owned(), reason.to_owned())) }
}

fn calendar(file: &SessionFile) -> Result<(), Flaw> {
    let is_one = file.news.is_none() || file.calendar.is_empty();
    unless(is_one, "news", "there are [[calendar]] entries, too: give one of them")
}

fn symbols(file: &SessionFile) -> Result<(), Flaw> {
    let names = &file.symbols;
    unless(
        !names.is_empty(),
        "symbols",
        "must name at least one symbol, such as symbols = [\"EURUSD\"]",
    )?;
    unless(
        names.len() <= SYMBOLS_MAX,
        "symbols",
        &format!("must not name more than {SYMBOLS_MAX}"),
    )?;
    let mut seen = BTreeSet::new();
    for name in names {
        unless(
            !name.is_empty() && !name.chars().any(char::is_control),
            "symbols",
            "a symbol's name must be plain text",
        )?;
        unless(seen.insert(name), "symbols", &format!("`{name}` stands twice"))?;
    }
    // A symbol's id is its index, so the symbols that the executor knows must come first.
    let subscribed = file.subscribed();
    unless(
        !subscribed.is_empty(),
        "subscribed",
        "must name at least one symbol, or be left out for all of them",
    )?;
    let first: Vec<&str> = names.iter().take(subscribed.len()).map(String::as_str).collect();
    let reason =
        format!("must be the first of `symbols` in their order, such as subscribed = {first:?}");
    unless(
        subscribed.len() <= names.len() && subscribed == &names[..subscribed.len()],
        "subscribed",
        &reason,
    )?;
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    match file.symbol.keys().find(|name| !names.contains(name)) {
        Some(name) => Err((
            format!("symbol.{name}"),
            format!("`{name}` is not one of the session's symbols: {}", hint(name, &known)),
        )),
        None => Ok(()),
    }
}

fn strategies(file: &SessionFile) -> Result<(), Flaw> {
    let mut seen = BTreeSet::new();
    for (index, entry) in file.strategy.iter().enumerate() {
        unless(!entry.id.is_empty(), &format!("strategy[{index}].id"), "must not be empty")?;
        unless(
            seen.insert(&entry.id),
            &format!("strategy[{index}].id"),
            &format!("`{}` stands twice", entry.id),
        )?;
        let epoch = Timestamp::default();
        unless(
            entry.at.is_none_or(|at| at >= epoch),
            &format!("strategy[{index}].at"),
            &format!("must not be before {epoch}"),
        )?;
    }
    Ok(())
}

fn account(account: &AccountModel) -> Result<(), Flaw> {
    unless(account.leverage > 0, "account.leverage", "must be at least 1")?;
    unless(account.balance >= Money::ZERO, "account.balance", "must not be negative")?;
    unless(
        account.balance <= MONEY_MOST,
        "account.balance",
        &format!("must not be above {MONEY_MOST}"),
    )?;
    unless(!account.currency.is_empty(), "account.currency", "must be a currency such as USD")?;
    match account.rates.iter().find(|(_, rate)| **rate <= Price::ZERO) {
        Some((currency, _)) => {
            Err((format!("account.rates.{currency}"), "must be above 0".to_owned()))
        }
        None => Ok(()),
    }
}

fn broker(broker: &BrokerModel) -> Result<(), Flaw> {
    for (field, latency) in [
        ("broker.request_latency", broker.request_latency),
        ("broker.answer_latency", broker.answer_latency),
    ] {
        if let Latency::UniformMs { min, max } = latency {
            unless(min <= max, field, &format!("min ({min}) must not be above max ({max})"))?;
        }
    }
    let (Slippage::ConstantPoints(points) | Slippage::UniformPoints { max: points }) =
        broker.slippage;
    unless(
        points.0 >= 0,
        "broker.slippage",
        "must not be negative: it is by how much a deal is worse",
    )?;
    unless(
        points <= Points::MOST,
        "broker.slippage",
        &format!("must not be above {} points", Points::MOST.0),
    )?;
    fault::check::flaw(&broker.faults, &broker.fault_rates).map_or(Ok(()), Err)
}

fn limits(limits: &Limits) -> Result<(), Flaw> {
    for (field, value) in [
        ("limits.request_deadline_msc", limits.request_deadline_ms),
        ("limits.unknown_window_msc", limits.unknown_window_ms),
        ("limits.unknown_poll_msc", limits.unknown_poll_ms),
        ("limits.stop_deadline_msc", limits.stop_deadline_ms),
        ("limits.command_deadline_msc", limits.command_deadline_ms),
        ("limits.goal_pause_max_msc", limits.goal_pause_max_ms),
        ("limits.exit_overdue_msc", limits.exit_overdue_ms),
        ("limits.data_deadline_msc", limits.data_deadline_ms),
        ("limits.reread_msc", limits.reread_ms),
        ("limits.ledger_age_msc", limits.ledger_age_ms),
        ("limits.ledger_ids_max", limits.ledger_ids_max as u64),
        ("limits.strategies_max", limits.strategies_max as u64),
        ("limits.history_bars_max", u64::from(limits.history_bars_max)),
        ("limits.max_open_trades_default", u64::from(limits.max_open_trades_default)),
    ] {
        unless(value > 0, field, "must be above 0")?;
    }
    unless(
        limits.retry_pauses_ms.len() <= RETRIES_MAX,
        "limits.retry_pauses_msc",
        "must not be more than 10",
    )?;
    unless(limits.deviation.0 >= 0, "limits.deviation", "must not be negative")?;
    unless(
        limits.deviation <= Points::MOST,
        "limits.deviation",
        &format!("must not be above {} points", Points::MOST.0),
    )?;
    for (field, lots) in
        [("limits.lots_default", limits.lots_default), ("limits.lots_max", limits.lots_max)]
    {
        unless(
            lots.is_none_or(|lots| lots > Volume::ZERO),
            field,
            "must be above 0; leave it out for none",
        )?;
    }
    match (limits.lots_default, limits.lots_max) {
        (Some(default), Some(max)) if default > max => {
            Err(("limits.lots_default".to_owned(), format!("{default} is above lots_max, {max}")))
        }
        _ => Ok(()),
    }
}

fn ticks(file: &SessionFile) -> Result<(), Flaw> {
    match &file.ticks {
        None => Ok(()),
        Some(TickSource::Generate { ticks, .. }) => {
            unless(*ticks > 0, "ticks.generate.ticks", "must be above 0")?;
            unless(
                *ticks <= TICKS_MAX,
                "ticks.generate.ticks",
                &format!("must not be above {TICKS_MAX}"),
            )
        }
        Some(TickSource::Files(files)) => tick_files(file, "ticks.files", files),
        Some(TickSource::Bars(bars)) => tick_files(file, "ticks.bars.files", &bars.files),
    }
}

/// Checks that each symbol has a file and each file a symbol.
fn tick_files(
    file: &SessionFile,
    field: &str,
    files: &BTreeMap<String, PathBuf>,
) -> Result<(), Flaw> {
    let known: Vec<&str> = file.symbols.iter().map(String::as_str).collect();
    if let Some(name) = files.keys().find(|name| !file.symbols.contains(name)) {
        return Err((
            format!("{field}.{name}"),
            format!("`{name}` is not one of the session's symbols: {}", hint(name, &known)),
        ));
    }
    match file.symbols.iter().find(|name| !files.contains_key(*name)) {
        Some(name) => Err((field.to_owned(), format!("says no file for `{name}`"))),
        None => Ok(()),
    }
}
