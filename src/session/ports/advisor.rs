//! The port for the questions to strategies in other processes.

use crate::domain::time::Timestamp;
use crate::executor::action::Question;
use crate::executor::event::Event;

/// Asks strategies in other processes and never blocks for longer than their deadlines. What they
/// answer comes from [`Advisor::owed`], or from the clock's inbox.
///
/// ```
/// use std::collections::VecDeque;
/// use tickdeck::domain::time::Timestamp;
/// use tickdeck::executor::action::Question;
/// use tickdeck::executor::event::{Advice, AdviceOutcome, Event, Wants};
/// use tickdeck::session::ports::Advisor;
///
/// /// Answers each question at once: nothing is wanted.
/// #[derive(Default)]
/// struct Content(VecDeque<(Timestamp, Advice)>);
///
/// impl Advisor for Content {
///     fn ask(&mut self, at: Timestamp, question: &Question) {
///         let outcome = AdviceOutcome::Wants(Wants::default());
///         let (strategy, bar_msc) = (question.strategy.clone(), question.bar.time_msc);
///         self.0.push_back((at, Advice { strategy, bar_msc, outcome }));
///     }
///     fn next_due(&self) -> Option<Timestamp> {
///         self.0.front().map(|(due, _)| *due)
///     }
///     fn owed(&mut self, at: Timestamp, out: &mut Vec<Event>) {
///         while let Some((_, advice)) = self.0.pop_front_if(|(due, _)| *due <= at) {
///             out.push(Event::Advice(Box::new(advice)));
///         }
///     }
/// }
/// assert_eq!(Content::default().next_due(), None);
/// ```
pub trait Advisor {
    /// Takes a question. The answer is owed, now or later, or never.
    fn ask(&mut self, at: Timestamp, question: &Question);
    /// The moment at which an answer is next owed; none when none is.
    fn next_due(&self) -> Option<Timestamp>;
    /// Appends every answer owed up to `at`.
    fn owed(&mut self, at: Timestamp, out: &mut Vec<Event>);
}

/// An advisor that is silent: there are no other processes, or the clock brings what they answered.
impl Advisor for () {
    fn ask(&mut self, _at: Timestamp, _question: &Question) {}
    fn next_due(&self) -> Option<Timestamp> {
        None
    }
    fn owed(&mut self, _at: Timestamp, _out: &mut Vec<Event>) {}
}
