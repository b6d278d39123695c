//! Programs that are asked again what a recording has their answers to.

use super::programs::Programs;
use crate::domain::id::StrategyId;
use crate::domain::text;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::action::Question;
use crate::executor::event::{AdviceOutcome, Event, Wants};
use crate::session::ports::Advisor;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Asks programs again, and keeps where they now answer otherwise. It owes nothing: the replay goes on
/// with the recorded answers.
#[derive(Debug)]
pub struct AskedAgain {
    programs: Programs,
    recorded: BTreeMap<(StrategyId, ServerMsc), AdviceOutcome>,
    /// The number of questions that the recording answers.
    pub questions: u64,
    /// The number of those with another answer now.
    pub different: u64,
    /// The first differences, a sentence each.
    pub differences: Vec<String>,
}

/// More differences are counted, not told.
const TOLD_MAX: usize = 10;

impl AskedAgain {
    /// Programs that run in `dir`, and the answers of a recording.
    #[must_use]
    pub const fn new(
        dir: PathBuf,
        recorded: BTreeMap<(StrategyId, ServerMsc), AdviceOutcome>,
    ) -> Self {
        let programs = Programs::new(dir);
        Self { programs, recorded, questions: 0, different: 0, differences: Vec::new() }
    }

    /// What went wrong with programs, for people.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        self.programs.remarks()
    }
}

impl Advisor for AskedAgain {
    fn ask(&mut self, _at: Timestamp, question: &Question) {
        let place = (question.strategy.clone(), question.bar.time_msc);
        let Some(before) = self.recorded.get(&place).copied() else { return };
        let now = self.programs.answer(question);
        self.questions += 1;
        if now == before {
            return;
        }
        self.different += 1;
        if self.differences.len() < TOLD_MAX {
            let strategy = text::name(place.0.as_str()).into_owned();
            let (before, now) = (words(&before), words(&now));
            let bar = place.1;
            self.differences.push(format!("{strategy} at the bar {bar}: {before} then, {now} now"));
        }
    }

    fn next_due(&self) -> Option<Timestamp> {
        None
    }

    fn owed(&mut self, _at: Timestamp, _out: &mut Vec<Event>) {}
}

fn words(outcome: &AdviceOutcome) -> String {
    let Wants { enters, leaves_buys, leaves_sells, sl, tp } = match outcome {
        AdviceOutcome::Failed(failure) => return format!("no answer ({failure:?})").to_lowercase(),
        AdviceOutcome::Wants(wants) => wants,
    };
    let mut parts: Vec<String> = enters.iter().map(|side| side.name().to_owned()).collect();
    parts.extend(sl.map(|price| format!("sl {price}")));
    parts.extend(tp.map(|price| format!("tp {price}")));
    parts.extend(leaves_buys.then(|| "close buys".to_owned()));
    parts.extend(leaves_sells.then(|| "close sells".to_owned()));
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}
