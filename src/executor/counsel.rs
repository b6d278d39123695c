//! Strategies in another process ([`crate::strategy::advised`]): a question at each closed bar, and
//! what becomes of the answer.
//!
//! Only an answer to the last question counts, and only one that comes in time enters anything; what
//! it says of exits counts until the next question. A program that does not answer in time enters
//! nothing until it does again. One that is gone, or says what is no answer, or was silent too often,
//! is halted like a strategy in Rust that fails: somebody has to resume it. Exits by its rules, stops
//! and the account's limits go on all the while.

use super::Executor;
use super::asked::{OpenQuestion, When};
use super::deadlines::Due;
use super::plant::planted;
use super::strategies::RunningStrategy;
use crate::domain::amount::Price;
use crate::domain::flaw::{Checked, must};
use crate::executor::action::{
    AccountWorth, Action, Alert, AlertCode, EarlierBars, FiniteNumber, LineValue, Note, Owner,
    Question, Severity, Verdict,
};
use crate::executor::event::{Advice, AdviceFailure, AdviceOutcome, Wants, is_price};
use crate::market::bar::Bar;
use crate::strategy::advised::Advised;
use crate::strategy::rules::EntryRule;
use crate::strategy::watch::evaluator::{Judgement, SidesHeld};

/// So many questions about bars that were missed may be open.
const MISSED_MAX: usize = 1_000;

/// After so many questions in a row without an answer in time, a strategy is halted.
const SILENCES_MAX: u8 = 3;

impl Executor {
    /// Whether the session names the program of rules, and the history may be asked for its bars.
    ///
    /// # Errors
    /// The field of the rules that is refused.
    pub(super) fn check_program(&self, rules: &Advised) -> Checked {
        must(
            self.config.programs.contains(&rules.command),
            "rules.strategy.command",
            "is no program that the session names: only those of its own strategies and of `programs` are run",
        )?;
        let most = self.config.limits.history_bars_max;
        must(rules.bars <= most, "rules.strategy.bars", "are more bars than may be asked for")
    }

    /// Asks a strategy's program what a closed bar means to it.
    /// Returns what a note says of the bar until the answer comes: [`Verdict::Asked`], or
    /// [`Verdict::Halted`] where nobody is asked.
    pub(super) fn ask_program(
        &mut self,
        slot: u32,
        (feed, place): (u16, u32),
        (bar, when): (&Bar, When),
        out: &mut Vec<Action>,
    ) -> Verdict {
        let strategy = self.strategies.get(slot).expect("what is judged runs");
        if strategy.is_halted {
            return Verdict::Halted;
        }
        let question = self.question(strategy, (feed, place), bar);
        self.deadlines.set(Due::Advice(slot), Some(question.deadline));
        out.push(Action::Ask(Box::new(question)));
        let counsel = &mut self.strategies.get_mut(slot).expect("it runs").counsel;
        match counsel.asked {
            Some(before) if when == When::Missed && counsel.missed.len() < MISSED_MAX => {
                counsel.missed.push_back(before.bar);
            }
            _ => counsel.missed.clear(),
        }
        counsel.asked = Some(OpenQuestion { bar: *bar, when, is_late: false });
        (counsel.has_begun, counsel.stops) = (true, None);
        Verdict::Asked
    }

    fn question(
        &self,
        strategy: &RunningStrategy,
        (feed, place): (u16, u32),
        bar: &Bar,
    ) -> Question {
        let EntryRule::Advised(rules) = &strategy.rules.entry else {
            unreachable!("only strategies in another process are asked")
        };
        let bars = &self.feeds[usize::from(feed)];
        let program = bars.watch.all_conditions()[place as usize].program();
        let values = program.own_values(&self.values);
        let values = rules.lines.iter().zip(values).map(|(line, value)| LineValue {
            line: line.to_string(),
            value: value.and_then(FiniteNumber::new),
        });
        let symbol = &self.symbols[strategy.symbol.index()];
        let held = self.book.of(strategy.magic()).filter(|holding| holding.is_open());
        let earlier = bars.last_closed(rules.bars as usize).filter(|it| it.time_msc < bar.time_msc);
        Question {
            strategy: strategy.id.clone(),
            command: rules.command.clone(),
            begins: !strategy.counsel.has_begun,
            deadline: self.now.plus_ms(rules.deadline_ms.into()),
            deadline_ms: rules.deadline_ms,
            symbol: symbol.name.clone(),
            timeframe: strategy.timeframe,
            parameters: rules.parameters.clone(),
            bar: *bar,
            earlier: EarlierBars(earlier.copied().collect()),
            values: values.collect(),
            quote: symbol.quoted().map(|(_, bid, ask)| (bid, ask)),
            positions: held.map(|holding| self.position_data(holding)).collect(),
            account: self.account.as_ref().map(|account| AccountWorth {
                currency: account.currency.clone(),
                balance: account.balance,
                equity: self.figures().map(|figures| figures.equity),
            }),
        }
    }

    /// Takes an answer. One to an earlier question changes nothing.
    pub(super) fn on_advice(&mut self, advice: &Advice, out: &mut Vec<Action>) {
        let Some(slot) = self.strategies.slot(&advice.strategy) else { return };
        let strategy = self.strategies.get_mut(slot).expect("what has a slot is in it");
        let counsel = &mut strategy.counsel;
        let place = counsel.missed.iter().position(|bar| bar.time_msc == advice.bar_msc);
        if let Some(bar) = place.and_then(|place| counsel.missed.remove(place)) {
            if let AdviceOutcome::Wants(wants) = advice.outcome {
                self.leave_after_gap(slot, &bar, wants, out);
            }
            return;
        }
        let Some(asked) = strategy.counsel.asked else { return };
        let symbol = strategy.symbol;
        if asked.bar.time_msc != advice.bar_msc && !planted!(self, StaleAdviceTaken) {
            return;
        }
        let spec = self.symbols[symbol.index()].spec.as_ref();
        let on_grid = |price: Price| spec.map_or(price, |it| price.round_to_tick(it.tick_size));
        let placed =
            |wants: Wants| Wants { sl: wants.sl.map(on_grid), tp: wants.tp.map(on_grid), ..wants };
        let outcome = match advice.outcome {
            AdviceOutcome::Wants(wants) => AdviceOutcome::Wants(placed(wants)),
            failed @ AdviceOutcome::Failed(_) => failed,
        };
        match outcome {
            AdviceOutcome::Wants(wants) if is_sound(&wants) => {
                self.deadlines.set(Due::Advice(slot), None);
                self.on_answer_of_program(slot, asked, wants, out);
            }
            AdviceOutcome::Wants(_) => self.halt_program(slot, AdviceFailure::Nonsense, out),
            // Its silence was noticed when the deadline passed.
            AdviceOutcome::Failed(AdviceFailure::Silent) if asked.is_late => {}
            AdviceOutcome::Failed(AdviceFailure::Silent) => self.on_silence(slot, out),
            AdviceOutcome::Failed(failure) => self.halt_program(slot, failure, out),
        }
    }

    /// What an answer about an earlier bar of a gap says of exits.
    fn leave_after_gap(&mut self, slot: u32, bar: &Bar, wants: Wants, out: &mut Vec<Action>) {
        let leaves = SidesHeld::from_sides(wants.leaves_buys, wants.leaves_sells);
        let judged = Judgement { enters: SidesHeld::Neither, leaves };
        let feed = self.strategies.get(slot).expect("what is asked runs").feed;
        let (verdict, side) = self.on_judged(slot, judged, When::Missed, bar, out);
        out.push(Action::Note(Note { bar_msc: bar.time_msc, slot, feed, verdict, side }));
    }

    fn on_answer_of_program(
        &mut self,
        slot: u32,
        asked: OpenQuestion,
        wants: Wants,
        out: &mut Vec<Action>,
    ) {
        let strategy = self.strategies.get_mut(slot).expect("what is asked runs");
        let (feed, counsel) = (strategy.feed, &mut strategy.counsel);
        let was_silent = !asked.is_late && std::mem::take(&mut counsel.silences) > 0;
        counsel.asked = None;
        let has_stops = wants.sl.is_some() || wants.tp.is_some();
        counsel.stops = has_stops.then_some((wants.sl, wants.tp));
        if was_silent {
            self.tell_of_program(slot, Severity::Info, AlertCode::ProgramAnswers, out);
        }
        let is_too_late = asked.is_late && !planted!(self, LateAdviceEnters);
        let enters = wants.enters.filter(|_| !is_too_late);
        let judged = Judgement {
            enters: enters.map_or(SidesHeld::Neither, SidesHeld::One),
            leaves: if planted!(self, AdvisedExitForgotten) {
                SidesHeld::Neither
            } else {
                SidesHeld::from_sides(wants.leaves_buys, wants.leaves_sells)
            },
        };
        let (verdict, side) = match self.on_judged(slot, judged, asked.when, &asked.bar, out) {
            (Verdict::NoSignal, _) if is_too_late && wants.enters.is_some() => {
                (Verdict::Silent, None)
            }
            judged => judged,
        };
        let bar_msc = asked.bar.time_msc;
        out.push(Action::Note(Note { bar_msc, slot, feed, verdict, side }));
    }

    /// The deadline of a question has passed.
    pub(super) fn on_advice_due(&mut self, slot: u32, out: &mut Vec<Action>) {
        self.on_silence(slot, out);
    }

    /// A program has not answered in time.
    fn on_silence(&mut self, slot: u32, out: &mut Vec<Action>) {
        self.deadlines.set(Due::Advice(slot), None);
        let strategy = self.strategies.get_mut(slot).expect("what is asked runs");
        let (feed, counsel) = (strategy.feed, &mut strategy.counsel);
        let asked = counsel.asked.as_mut().expect("it was asked");
        asked.is_late = true;
        let bar_msc = asked.bar.time_msc;
        counsel.silences += 1;
        let silences = counsel.silences;
        let note = Note { bar_msc, slot, feed, verdict: Verdict::Silent, side: None };
        out.push(Action::Note(note));
        if silences == SILENCES_MAX {
            self.halt_program(slot, AdviceFailure::Silent, out);
        } else if silences == 1 {
            self.tell_of_program(slot, Severity::Warning, AlertCode::ProgramSilent, out);
        }
    }

    /// A program cannot be asked any more.
    fn halt_program(&mut self, slot: u32, failure: AdviceFailure, out: &mut Vec<Action>) {
        self.deadlines.set(Due::Advice(slot), None);
        let strategy = self.strategies.get_mut(slot).expect("what is asked runs");
        strategy.is_halted = true;
        strategy.counsel.begin_anew();
        let code = match failure {
            AdviceFailure::Silent => AlertCode::StrategyHalted,
            AdviceFailure::Gone => AlertCode::ProgramGone,
            AdviceFailure::Nonsense => AlertCode::ProgramNonsense,
        };
        self.tell_of_program(slot, Severity::Critical, code, out);
    }

    fn tell_of_program(
        &self,
        slot: u32,
        severity: Severity,
        code: AlertCode,
        out: &mut Vec<Action>,
    ) {
        let strategy = self.strategies.get(slot).expect("what is told of runs");
        let owner = Owner::Strategy(strategy.id.clone());
        out.push(Alert::new(severity, code).of(&owner).into());
    }

    /// Questions of an earlier process are void: their programs ended with it.
    pub(super) fn forget_all_questions(&mut self) {
        let asked: Vec<u32> = self
            .strategies
            .iter()
            .filter(|(_, strategy)| !strategy.counsel.is_none())
            .map(|(slot, _)| slot)
            .collect();
        asked.into_iter().for_each(|slot| self.forget_question(slot));
    }

    /// No answer to an earlier question counts any more, and the program of the strategy in `slot`
    /// begins anew with the next one.
    pub(super) fn forget_question(&mut self, slot: u32) {
        self.deadlines.set(Due::Advice(slot), None);
        if let Some(strategy) = self.strategies.get_mut(slot) {
            strategy.counsel.begin_anew();
        }
    }
}

/// Whether the stops of an answer are prices.
fn is_sound(wants: &Wants) -> bool {
    let is_positive = |price: &Price| is_price(*price) && *price > Price::ZERO;
    wants.sl.iter().chain(&wants.tp).all(is_positive)
}
