//! Variants of a session: each value of `--set` with each of the others, run on all cores, in one table.

use super::args::{SimulateArgs, allow_programs, prepared};
use super::warnings::run_and_warn;
use crate::cli::clock::ClockChoice;
use crate::cli::output::{ExitStatus, Output};
use crate::config::setting::{Setting, Variation};
use crate::domain::money::currency_digits;
use crate::domain::text;
use crate::domain::zone::ServerZone;
use crate::recording::hash::StepHasher;
use crate::report::run_result::Sums;
use serde::Serialize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// More would be a slip.
const VARIANTS_MAX: usize = 10_000;

/// What a variant came to.
#[derive(Debug, Serialize)]
struct Variant {
    set: Vec<String>,
    currency: String,
    sums: Sums,
    actions_hash: String,
    warnings: Vec<String>,
    #[serde(skip)]
    zone: ServerZone,
}

/// Each value of each variation with those of all others; one without settings where there are none.
///
/// # Errors
/// When there would be too many.
pub(super) fn all(variations: &[Variation]) -> anyhow::Result<Vec<Vec<Setting>>> {
    for (number, one) in variations.iter().enumerate() {
        let place = one.place();
        anyhow::ensure!(
            variations[..number].iter().all(|before| before.place() != place),
            "--set: {place} is given twice: give all its values in one, such as {place}=10,20"
        );
    }
    let mut all: Vec<Vec<Setting>> = vec![Vec::new()];
    for variation in variations {
        let settings: Vec<Setting> = variation.settings().collect();
        let count = all.len() * settings.len();
        anyhow::ensure!(
            count <= VARIANTS_MAX,
            "--set: there would be more than {VARIANTS_MAX} variants: give fewer values"
        );
        let with = |before: &Vec<Setting>| {
            let before = before.clone();
            settings
                .iter()
                .map(move |one| [before.clone(), vec![one.clone()]].concat())
                .collect::<Vec<_>>()
        };
        all = all.iter().flat_map(with).collect();
    }
    Ok(all)
}

/// Runs all variants.
///
/// # Errors
/// When one of them cannot be run: the error names it.
pub(super) fn run(
    args: &SimulateArgs,
    variants: &[Vec<Setting>],
    output: &Output,
) -> anyhow::Result<ExitStatus> {
    anyhow::ensure!(
        args.record.is_none() && args.trades.is_none(),
        "--record and --trades keep one run: give --set one value each"
    );
    let (next, made) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let workers = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    std::thread::scope(|scope| {
        for _ in 0..workers.min(variants.len()) {
            scope.spawn(|| {
                while let Some(place) = Some(next.fetch_add(1, Ordering::Relaxed))
                    && let Some(settings) = variants.get(place)
                {
                    let ran = one(args, settings);
                    let has_failed = ran.is_err();
                    made.lock().expect("no thread panics while it holds it").push((place, ran));
                    if has_failed {
                        next.store(variants.len(), Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let mut made = made.into_inner().expect("no thread panicked while it held it");
    made.sort_by_key(|(place, _)| *place);
    let made = made.into_iter().map(|(_, ran)| ran).collect::<anyhow::Result<Vec<Variant>>>()?;
    if output.json {
        output.object(&serde_json::json!({ "variants": made }))?;
    } else {
        output.data(&table(&made, output.clock))?;
    }
    let has_warnings = made.iter().any(|variant| !variant.warnings.is_empty());
    Ok(if args.strict && has_warnings { ExitStatus::CheckFailed } else { ExitStatus::Fine })
}

fn one(args: &SimulateArgs, settings: &[Setting]) -> anyhow::Result<Variant> {
    let set: Vec<String> = settings.iter().map(|setting| setting.to_string()).collect();
    let run = || {
        let (session, opened) = prepared(args, settings)?;
        allow_programs(&session.file, &args.session, args.allow_programs)?;
        let mut hasher = StepHasher::default();
        let (outcome, warnings) = run_and_warn(&session, opened, &mut hasher)?;
        Ok(Variant {
            set: set.clone(),
            currency: session.file.account.currency.clone(),
            sums: outcome.all,
            actions_hash: hasher.hash().to_string(),
            warnings,
            zone: session.file.zone.clone(),
        })
    };
    run().map_err(|error: anyhow::Error| {
        error.context(format!("with --set {}", set.join(" --set ")))
    })
}

/// A line a variant, and below each what to be warned of.
fn table(variants: &[Variant], clock: ClockChoice) -> String {
    let label = |variant: &Variant| {
        variant.set.iter().map(|set| text::line(set).into_owned()).collect::<Vec<_>>().join(" ")
    };
    let width = variants.iter().map(|it| label(it).chars().count()).max().unwrap_or(0).max(7);
    let mut lines = vec![format!(
        "{:<width$}  trades    won           net      drawdown  orders  refused  open  actions",
        "variant"
    )];
    for variant in variants {
        let Sums { trades, won, net, drawdown, orders, open, .. } = &variant.sums;
        let digits = currency_digits(&variant.currency);
        let (net, drawdown) = (net.with_digits(digits), drawdown.with_digits(digits));
        let (refused, hash) = (variant.sums.refusals(), &variant.actions_hash[..16]);
        lines.push(format!(
            "{:<width$}  {trades:>6} {won:>6} {net:>13} {drawdown:>13} {orders:>7} {refused:>8} {open:>5}  {hash}",
            label(variant)
        ));
    }
    let warned = variants.iter().flat_map(|variant| {
        variant.warnings.iter().map(move |warning| {
            let warning = clock.retell(warning, &variant.zone);
            format!("warning  {}: {}", label(variant), text::line(&warning))
        })
    });
    lines.extend(warned);
    lines.join("\n")
}
