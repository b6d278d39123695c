//! The invariants. Each is a small judge over [`Facts`]. Only [`rest`], at the end, and [`conditions`] ask
//! the executor what it believes, because that is what they judge. [`notes`], [`gaps`] and [`overtaken`] ask it
//! which strategy a note belongs to, because a note gives only a number.

pub mod advised;
pub mod asked;
pub mod attempts;
pub mod caps;
pub mod changes;
pub mod conditions;
pub mod copies;
pub mod correlated;
pub mod entries;
pub mod exits;
pub mod flat_times;
pub mod gaps;
pub mod keys;
pub mod losses;
pub mod margin;
pub mod moments;
pub mod nights;
pub mod notes;
pub mod overdue;
pub mod own_limits;
pub mod overtaken;
pub mod portfolio;
pub mod reports;
pub mod rest;
pub mod results;
pub mod sizes;
pub mod soundness;
pub mod stopping;
pub mod stops;

use crate::executor::command::Envelope;
use crate::executor::view::View;
use crate::session::description::SessionFile;
use crate::torture::commands::Commands;
use crate::torture::facts::{Change, Facts};
use crate::torture::found::Findings;
use crate::torture::prices::Prices;
use crate::torture::world::World;

/// The executor panics.
pub const PANICS: &str = "never-panics";
/// The inputs of a life, fed again, lead to other actions.
pub const REPLAYS: &str = "replays-to-the-same-hash";
/// Ticks that come as quiet runs come to something else than ticks one by one.
pub const RUNS: &str = "runs-change-nothing";
/// An executor whose state was written and read back behaves differently.
pub const RESTORES: &str = "restores-anywhere";

/// Every invariant.
pub const ALL: &[&str] = &[
    keys::NAME,
    caps::NAME,
    losses::NAME,
    margin::NAME,
    nights::NAME,
    own_limits::NAME,
    sizes::NAME,
    portfolio::NAME,
    correlated::NAME,
    flat_times::NAME,
    conditions::NAME,
    entries::NAME,
    gaps::GAP,
    gaps::READING,
    gaps::LINK,
    soundness::NAME,
    stopping::LIES,
    stopping::FLAT,
    asked::NAME,
    results::NAME,
    exits::NAME,
    moments::NAME,
    overdue::NAME,
    stops::NAME,
    changes::NAME,
    notes::NAME,
    reports::NAME,
    rest::BOOK,
    rest::GOALS,
    REPLAYS,
    RESTORES,
    RUNS,
    advised::NAME,
    copies::NAME,
    PANICS,
];

/// All judges that keep something.
#[derive(Debug)]
pub struct Judges {
    keys: keys::Keys,
    /// The wanted exits.
    pub exits: exits::Exits,
    /// The wanted stops.
    pub stops: stops::StopsStand,
    /// The changed orders.
    pub changes: changes::ChangesStand,
    /// The entries that were sent.
    pub notes: notes::Notes,
    /// Which quotes were heard, and how far the account was read.
    pub gaps: gaps::Gaps,
    /// The symbols that make no sense.
    pub soundness: soundness::Soundness,
    /// What programs answered.
    pub advised: advised::AsAdvised,
    /// What followers copy.
    pub copies: copies::Copies,
    /// What commands asked for.
    pub asked: asked::Asked,
    /// The reports so far.
    pub reports: reports::Reports,
    /// The entries of signals.
    pub moments: moments::Moments,
    overdue: overdue::Overdue,
    /// The volumes of entries.
    pub sizes: sizes::Sizes,
    /// When positions are stopped out.
    margin: margin::Margin,
    /// The swaps of positions.
    nights: nights::Nights,
    /// What the account may lose.
    pub losses: losses::Losses,
    /// What strategies may lose and do.
    pub own_limits: own_limits::OwnLimits,
    /// What goes one way.
    pub correlated: correlated::Correlated,
    flat_times: flat_times::FlatTimes,
    /// What it takes to pass.
    pub conditions: conditions::ConditionsTold,
    /// The entries that signals have overtaken.
    pub overtaken: overtaken::Overtaken,
    attempts: attempts::Attempts,
}

impl Judges {
    /// Nothing has happened yet, in a session; `is_calm` where nothing goes wrong in it.
    #[must_use]
    pub fn new(session: &SessionFile, is_calm: bool) -> Self {
        Self {
            losses: losses::Losses::new(session, is_calm),
            margin: margin::Margin::new(session, is_calm),
            nights: nights::Nights::new(session),
            own_limits: own_limits::OwnLimits::new(session, is_calm),
            correlated: correlated::Correlated::new(session),
            flat_times: flat_times::FlatTimes::new(session),
            conditions: conditions::ConditionsTold::new(session, is_calm),
            sizes: sizes::Sizes::default(),
            gaps: gaps::Gaps::new(session.symbols.len()),
            moments: moments::Moments::new(session.calendar.clone()),
            overdue: overdue::Overdue::new(session.zone.clone()),
            overtaken: overtaken::Overtaken::default(),
            keys: keys::Keys::default(),
            exits: exits::Exits::default(),
            stops: stops::StopsStand::default(),
            changes: changes::ChangesStand::default(),
            notes: notes::Notes::default(),
            soundness: soundness::Soundness::default(),
            advised: advised::AsAdvised::default(),
            copies: copies::Copies::new(session),
            asked: asked::Asked::default(),
            reports: reports::Reports::default(),
            attempts: attempts::Attempts::default(),
        }
    }

    /// Takes a request that is sent.
    pub fn sent(
        &mut self,
        facts: &Facts,
        commands: &Commands,
        symbols: &[String],
        place: usize,
        found: &mut Findings,
    ) {
        entries::sent(facts, place, found);
        self.advised.sent(facts, place, found);
        self.losses.sent(facts, place, found);
        self.own_limits.sent(facts, place, found);
        self.correlated.sent(facts, place, found);
        self.flat_times.sent(facts, place, found);
        self.soundness.sent(facts, place, found);
        self.moments.sent(facts, place, found);
        self.attempts.sent(facts, place);
        self.exits.sent(facts, place, found);
        self.stops.sent(facts, place, found);
        self.asked.sent(facts, commands, symbols, place, found);
    }

    /// Takes a command at its first delivery.
    pub fn command(&mut self, facts: &Facts, symbols: &[String], envelope: &Envelope) {
        self.asked.command(facts, &self.reports, symbols, envelope);
        self.exits.command(facts, &self.reports, envelope);
        self.stops.command(facts, &envelope.command);
        self.changes.command(&envelope.command);
    }

    /// Takes a change of the broker's book.
    pub fn change(&mut self, facts: &Facts, change: Change, found: &mut Findings) {
        self.keys.change(facts, change, found);
        caps::change(facts, change, found);
        self.losses.change(facts, change);
        self.own_limits.change(facts, change);
        self.conditions.change(facts, change);
        self.attempts.change(facts, change);
        self.exits.change(facts, change);
        self.overtaken.change(facts, change, &mut self.exits, found);
        self.stops.change(facts, change);
        self.asked.change(facts, change);
    }

    /// Looks at the account after something has happened at the broker.
    pub fn account(&mut self, facts: &Facts, prices: &Prices, world: &World, found: &mut Findings) {
        self.margin.look(facts, &facts.dealt, prices, world, found);
        self.nights.look(facts.at, &facts.dealt, prices, world, found);
    }

    /// Makes the slow checks.
    pub fn look(&mut self, facts: &Facts, prices: &Prices, world: &World, found: &mut Findings) {
        self.margin.pass(facts, prices, world, found);
        self.changes.look(facts, world, found);
        self.exits.look(facts, &self.attempts, found);
        self.overdue.look(facts, &self.attempts, &self.exits, found);
        self.flat_times.look(facts, &self.attempts, &self.exits, found);
        self.stops.look(facts, &self.attempts, &self.exits, found);
    }

    /// A process died, and the next one knows what happened up to `step`.
    pub fn forget_after(&mut self, step: u64) {
        self.exits.forget_after(Some(step));
        self.reports.forget_after(step);
        self.overtaken.forget_after(step);
        self.advised.forget_after(step);
        self.copies.forget_after(step);
        self.losses.forget_after(Some(step));
        self.own_limits.forget_after(Some(step));
    }

    /// A process died, and the next one knows nothing.
    pub fn forget(&mut self) {
        self.exits.forget_after(None);
        self.stops.forget();
        self.changes.forget();
        self.soundness.forget();
        self.overtaken.forget();
        self.advised.forget();
        self.copies.forget();
        self.losses.forget_after(None);
        self.conditions.forget();
        self.own_limits.forget_after(None);
    }

    /// Makes the checks at the end of the session.
    pub fn end(
        &mut self,
        facts: &Facts,
        world: &World,
        commands: &Commands,
        view: &View,
        found: &mut Findings,
    ) {
        self.changes.look(facts, world, found);
        stopping::end(facts, found);
        self.exits.end(facts, found);
        self.stops.end(facts, &self.exits, found);
        results::end(commands, found);
        self.reports.end(facts, found);
        rest::end(facts, view, found);
        self.copies.end(facts, found);
    }
}
