//! One channel: messages in their order, with pauses after failures and no more than it takes a minute.

use super::channel::{Channel, NotTaken};
use crate::audit::database::{AuditDatabase, AuditError};
use crate::audit::outbox::OutboxRow;
use crate::audit::sink::Log;
use std::collections::VecDeque;
use std::time::Duration;

#[expect(clippy::disallowed_types, reason = "live mode knows the time")]
pub type Instant = std::time::Instant;

/// How many rows are looked at together.
const ROWS_MAX: u32 = 200;
/// The first pause after a failure; it doubles up to the last.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_mins(5);
const MINUTE: Duration = Duration::from_mins(1);

/// A channel with its state.
pub struct Lane {
    channel: Box<dyn Channel>,
    /// When it may be tried again.
    next: Option<Instant>,
    failures: u32,
    /// When it was told something in the last minute.
    told_at: VecDeque<Instant>,
}

impl Lane {
    /// A channel that was not tried yet.
    pub const fn new(channel: Box<dyn Channel>) -> Self {
        Self { channel, next: None, failures: 0, told_at: VecDeque::new() }
    }

    /// The channel's name.
    pub fn name(&self) -> &'static str {
        self.channel.name()
    }

    /// Tells what is to be told and may be. Whether nothing is left.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn turn(
        &mut self,
        database: &AuditDatabase,
        now: Instant,
        log: &Log,
    ) -> Result<bool, AuditError> {
        loop {
            let rows = database.untold(self.name(), ROWS_MAX)?;
            let Some(last) = rows.last().map(|row| row.id) else { return Ok(true) };
            let wanted = rows.into_iter().filter(|row| self.channel.wants(row));
            let wanted: Vec<OutboxRow> = wanted.take(self.channel.together_max()).collect();
            let Some(upto) = wanted.last().map(|row| row.id) else {
                database.told(self.name(), last)?;
                continue;
            };
            if !self.may_tell(now) {
                return Ok(false);
            }
            match self.channel.tell(&wanted) {
                Ok(()) => {
                    if std::mem::take(&mut self.failures) > 0 {
                        log(&format!("{}: it takes messages again", self.name()));
                    }
                    self.told_at.push_back(now);
                }
                Err(NotTaken::Never { what }) => {
                    log(&format!("{}: {what}: {} is given up", self.name(), keys(&wanted)));
                }
                Err(NotTaken::Later { what, pause }) => {
                    if self.failures == 0 {
                        log(&format!("{}: {what}: what is to be told waits", self.name()));
                    }
                    self.next = Some(now + pause.unwrap_or_else(|| pause_after(self.failures)));
                    self.failures = self.failures.saturating_add(1);
                    return Ok(false);
                }
            }
            database.told(self.name(), upto)?;
        }
    }

    fn may_tell(&mut self, now: Instant) -> bool {
        self.told_at.retain(|at| now.saturating_duration_since(*at) < MINUTE);
        let has_room = self.channel.per_minute().is_none_or(|most| self.told_at.len() < most);
        has_room && self.next.is_none_or(|next| next <= now)
    }
}

fn pause_after(failures: u32) -> Duration {
    PAUSE_FIRST.saturating_mul(1 << failures.min(16)).min(PAUSE_MAX)
}

fn keys(messages: &[OutboxRow]) -> String {
    let keys: Vec<&str> = messages.iter().map(|message| &*message.key).collect();
    keys.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::database::{AuditRun, Batch};
    use crate::audit::rows::RowChange;
    use crate::domain::zone::ServerZone;
    use std::sync::{Arc, Mutex};

    /// Answers as it is told to, and remembers what it was told.
    struct Scripted {
        answers: VecDeque<Result<(), NotTaken>>,
        told: Arc<Mutex<Vec<Vec<String>>>>,
        together: usize,
    }

    impl Channel for Scripted {
        fn name(&self) -> &'static str {
            "scripted"
        }
        fn wants(&self, message: &OutboxRow) -> bool {
            message.kind == "alert"
        }
        fn together_max(&self) -> usize {
            self.together
        }
        fn per_minute(&self) -> Option<usize> {
            Some(4)
        }
        fn tell(&mut self, messages: &[OutboxRow]) -> Result<(), NotTaken> {
            let keys = messages.iter().map(|message| message.key.clone()).collect();
            self.told.lock().unwrap().push(keys);
            self.answers.pop_front().unwrap_or(Ok(()))
        }
    }

    fn database(kinds: &[&str]) -> AuditDatabase {
        let mut database = AuditDatabase::in_memory().unwrap();
        let run = AuditRun { id: "r".to_owned(), login: 1, server: None, zone: ServerZone::utc() };
        database.begin(&run).unwrap();
        database.open_channel("scripted").unwrap();
        let row = |(place, kind): (usize, &&str)| {
            let text = |text: &str| rusqlite::types::Value::from(text.to_owned());
            let row =
                [("key", text(&place.to_string())), ("kind", text(kind)), ("body", text("{}"))];
            RowChange::Insert("outbox", row.into_iter().chain([("time_utc", text(""))]).collect())
        };
        let changes = kinds.iter().enumerate().map(row).collect();
        database.put("r", &[Batch { steps: 1, changes }]).unwrap();
        database
    }

    fn lane(
        answers: Vec<Result<(), NotTaken>>,
        together: usize,
    ) -> (Lane, Arc<Mutex<Vec<Vec<String>>>>) {
        let told = Arc::new(Mutex::new(Vec::new()));
        let scripted = Scripted { answers: answers.into(), told: Arc::clone(&told), together };
        (Lane::new(Box::new(scripted)), told)
    }

    fn quiet() -> Log {
        Box::new(|_| {})
    }

    #[test]
    fn what_is_wanted_is_told_once_and_in_order() {
        let database = database(&["result", "alert", "trade_open", "alert"]);
        let (mut lane, told) = lane(Vec::new(), 1);
        let now = Instant::now();
        assert!(lane.turn(&database, now, &quiet()).unwrap());
        assert!(lane.turn(&database, now, &quiet()).unwrap());
        assert_eq!(*told.lock().unwrap(), [["1"], ["3"]]);
    }

    #[test]
    fn one_that_is_refused_for_now_holds_up_those_after_it_and_one_for_good_does_not() {
        let later = |pause| Err(NotTaken::Later { what: "away".to_owned(), pause });
        let never = Err(NotTaken::Never { what: "nonsense".to_owned() });
        let database = database(&["alert", "alert", "alert"]);
        let answers = vec![later(None), later(Some(Duration::from_secs(30))), Ok(()), never];
        let (mut lane, told) = lane(answers, 1);
        let begun = Instant::now();
        let mut at =
            |seconds| lane.turn(&database, begun + Duration::from_secs(seconds), &quiet()).unwrap();
        assert!(!at(0) && !at(0) && !at(1) && !at(30));
        assert_eq!(*told.lock().unwrap(), [["0"], ["0"]]);
        assert!(at(31));
        assert_eq!(told.lock().unwrap()[2..], [["0"], ["1"], ["2"]]);
    }

    #[test]
    fn no_more_is_told_in_a_minute_than_may_be_and_much_is_told_together() {
        let database = database(&["alert"; 11]);
        let (mut lane, told) = lane(Vec::new(), 2);
        let begun = Instant::now();
        let mut at =
            |seconds| lane.turn(&database, begun + Duration::from_secs(seconds), &quiet()).unwrap();
        assert!(!at(0) && !at(59));
        assert_eq!(told.lock().unwrap().len(), 4);
        assert!(at(60));
        assert_eq!(told.lock().unwrap().concat().len(), 11);
    }
}
