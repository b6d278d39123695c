//! Whether an entry may be sent: permissions and caps, checked before each attempt. Requests that
//! reduce risk are never checked here.

use super::Executor;
use super::flow::Flow;
use super::plant::planted;
use super::registry::Ended;
use super::strategies::{RunningStrategy, Strategies};
use crate::domain::amount::Volume;
use crate::domain::id::{Magic, SymbolId};
use crate::domain::order::Side;
use crate::executor::action::{Owner, RequestReason, StrategyState, Verdict};
use crate::executor::book::holding::Holding;
use crate::executor::book::order::HeldOrder;
use crate::risk::limits::allows_one_more;

/// An entry that asks for permission.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    pub by: Asker<'a>,
    pub magic: Magic,
    pub symbol: SymbolId,
    pub side: Side,
    /// The volume in lots.
    pub volume: Volume,
    /// The flow that is to be sent again; it does not count against itself.
    pub own: Option<u64>,
}

/// Who asks for permission.
#[derive(Debug, Clone, Copy)]
pub enum Asker<'a> {
    /// A strategy; none when it does not run any more.
    Strategy(Option<&'a RunningStrategy>),
    /// A command.
    Command,
    /// Nobody that is known.
    Account,
}

impl<'a> Entry<'a> {
    /// The entry of a flow; none when the flow is not an entry.
    pub fn of(number: u64, flow: &Flow, strategies: &'a Strategies) -> Option<Self> {
        let side = flow.intent.side()?;
        let volume = flow.intent.volume()?;
        let by = match &flow.owner {
            Owner::Strategy(id) => Asker::Strategy(strategies.find(id)),
            Owner::Command(_) => Asker::Command,
            Owner::Account => Asker::Account,
        };
        Some(Self { by, magic: flow.magic, symbol: flow.symbol, side, volume, own: Some(number) })
    }
}

impl Executor {
    /// Whether an entry may be sent now.
    ///
    /// # Errors
    /// The first reason against it.
    pub(super) fn permit(&self, entry: Entry<'_>) -> Result<(), Verdict> {
        self.check_gate(entry)?;
        self.check_losses()?;
        self.check_bans(entry.symbol)?;
        self.check_strategy(entry)?;
        self.check_own_limits(entry)?;
        self.check_symbol(entry)?;
        if self.book.orders().any(|order| order.ambiguous && order.claim.magic == entry.magic) {
            return Err(Verdict::Ambiguous);
        }
        self.check_caps(entry)?;
        self.check_exposure(entry)
    }

    fn check_gate(&self, entry: Entry<'_>) -> Result<(), Verdict> {
        let gate = &self.gate;
        let command = matches!(entry.by, Asker::Command);
        let overruled =
            entry.own.and_then(|number| self.flows.get(number)).and_then(|flow| flow.overruled);
        let latched = (gate.latch.is_some() || overruled == Some(RequestReason::Emergency))
            && !(command && planted!(self, LatchIgnoredByOpenCommand));
        let paused = (gate.operator_paused || gate.paused)
            && !(command && planted!(self, PauseIgnoredByOpenCommand));
        let stops = [
            (latched, Verdict::Latched),
            (overruled.is_some(), Verdict::Overtaken),
            (gate.wrong_account, Verdict::WrongAccount),
            (paused, Verdict::OperatorPaused),
            (gate.trading_disabled, Verdict::TradingDisabled),
            (!self.link.ready(), Verdict::NotReady),
            (
                self.account.as_ref().is_none_or(|account| !account.trade_allowed),
                Verdict::NoAccount,
            ),
        ];
        stops.iter().find(|(stops, _)| *stops).map_or(Ok(()), |(_, verdict)| Err(*verdict))
    }

    fn check_strategy(&self, entry: Entry<'_>) -> Result<(), Verdict> {
        let Asker::Strategy(strategy) = entry.by else { return Ok(()) };
        match strategy.map(|strategy| strategy.state) {
            Some(StrategyState::Running) if self.registry.ended(entry.magic) == Ended::No => Ok(()),
            Some(StrategyState::Paused) => Err(Verdict::Paused),
            _ => Err(Verdict::Stopping),
        }
    }

    /// Whether the symbol's last specification and latest ticks make sense, and it has a quote.
    fn check_symbol(&self, entry: Entry<'_>) -> Result<(), Verdict> {
        let symbol = &self.symbols[entry.symbol.index()];
        let sound = !symbol.unsound && !symbol.is_flawed(self.now);
        if !sound && !planted!(self, UnsoundSymbolEntered) {
            return Err(Verdict::NotTradable);
        }
        // The last tick of a symbol dates a request. Without one, anything found later could stem
        // from it. And in a book that lacks a side, nobody can say on which side of the market a
        // pending order would be.
        if symbol.quoted().is_none() { Err(Verdict::NoQuote) } else { Ok(()) }
    }

    /// Checks the caps. Everything that may be or become a position counts: open, in flight,
    /// unknown, ambiguous, working.
    fn check_caps(&self, entry: Entry<'_>) -> Result<(), Verdict> {
        let counts = |flow: &Flow| {
            flow.may_open() && !(flow.is_unknown() && planted!(self, CapNotCountingUnknown))
        };
        let flows = |magic: Option<Magic>| {
            let all: Box<dyn Iterator<Item = (u64, &Flow)>> = match magic {
                Some(magic) => Box::new(self.flows.of(magic)),
                None => Box::new(self.flows.iter()),
            };
            all.filter(|(number, flow)| Some(*number) != entry.own && counts(flow))
        };
        // Of one side or of both; a position that is not claimed yet counts on either.
        let count = |magic: Option<Magic>, one: Option<Side>| {
            let ours = |other: Magic| magic.is_none_or(|magic| magic == other);
            let on = |side: Option<Side>| one.is_none() || side.is_none() || side == one;
            let is_held = |holding: &&Holding| holding.is_open() && on(Some(holding.side));
            let held = match magic {
                Some(magic) => self.book.of(magic).filter(is_held).count(),
                None => self.book.open_count(),
            };
            let open = held + self.book.unclaimed_of(ours);
            let may_open = |order: &&HeldOrder| {
                ours(order.claim.magic)
                    && on(order.kind.side())
                    && self.book.may_open(order)
                    && !planted!(self, CapNotCountingWorking)
            };
            let sent = flows(magic).filter(|(_, flow)| on(flow.intent.side())).count();
            let coming = sent + self.book.orders().filter(may_open).count();
            let total = |count: usize| u32::try_from(count).expect("no account holds so many");
            (total(open), total(coming))
        };
        if let Asker::Strategy(strategy) = entry.by {
            let in_flight = flows(Some(entry.magic)).any(|(_, flow)| {
                flow.symbol == entry.symbol && flow.intent.side() == Some(entry.side)
            });
            if in_flight {
                return Err(Verdict::InFlight);
            }
            let strategy = strategy.expect("only what runs gets so far");
            let total = (None, Some(strategy.cap.at(self.server_now())));
            let a_side = strategy.rules.risk.max_per_side;
            let sides = (Some(entry.side), a_side.filter(|_| !planted!(self, SideCapIgnored)));
            for (side, most) in [total, sides] {
                let Some(most) = most else { continue };
                let (open, coming) = count(Some(entry.magic), side);
                if !allows_one_more(open, coming, most) {
                    return Err(Verdict::MaxOpenTrades);
                }
            }
        }
        let Some(cap) = self.account_cap.filter(|_| !planted!(self, AccountCapIgnored)) else {
            return Ok(());
        };
        let (open, coming) = count(None, None);
        if allows_one_more(open, coming, cap.at(self.server_now())) {
            Ok(())
        } else {
            Err(Verdict::AccountLimit)
        }
    }
}
