//! `does-what-was-asked`: the requests sent for a command are those it asks for; commands close no
//! more of a position than they ask for; and what is reported as done has been done at the broker.

use crate::domain::amount::{Price, Volume};
use crate::domain::id::{CommandId, ContentHash, StrategyId, Ticket};
use crate::executor::action::{
    CommandResult, Owner, Request, RequestReason, ResultCode, ResultData, ResultStatus, Trade,
};
use crate::executor::command::{CloseFilter, Command, Envelope, ModifyOrder, StopChange};
use crate::strategy::rules::Rules;
use crate::torture::commands::{Commands, Delivered};
use crate::torture::facts::{Change, Facts, Held, Sent};
use crate::torture::found::Findings;
use crate::torture::judge::reports::Reports;
use crate::torture::world::World;
use std::collections::{BTreeMap, BTreeSet};

/// The name of the invariant.
pub const NAME: &str = "does-what-was-asked";

/// What commands have asked to be closed of a position.
#[derive(Debug, Clone, Copy, Default)]
struct Portion {
    is_whole: bool,
    /// The total of the parts that were asked for.
    parts: Volume,
    /// The volume closed by requests for commands.
    dealt: Volume,
}

/// What commands asked for about positions.
#[derive(Debug, Default)]
pub struct Asked {
    portions: BTreeMap<Ticket, Portion>,
    /// The positions that are closed once the command is done.
    targets: BTreeMap<CommandId, Vec<Ticket>>,
    /// The strategies whose rules close parts of positions.
    partial: BTreeSet<StrategyId>,
}

impl Asked {
    /// Takes a command at its first delivery. It closes the positions that the executor had
    /// reported as open: others may not have been known to it yet.
    pub fn command(
        &mut self,
        facts: &Facts,
        told: &Reports,
        symbols: &[String],
        envelope: &Envelope,
    ) {
        match &envelope.command {
            // Parts that rules close add up with those of commands.
            Command::Start(start) if !start.rules.exit.management.partial.is_empty() => {
                self.partial.insert(start.strategy.clone());
            }
            Command::Update(update) => {
                let closes_parts =
                    |(rules, _): &(Rules, ContentHash)| !rules.exit.management.partial.is_empty();
                if update.rules.as_ref().is_some_and(closes_parts) {
                    self.partial.insert(update.strategy.clone());
                }
            }
            Command::Close { position, volume: Some(part), .. } => {
                let open = facts.positions.get(position).map(|held| held.volume);
                let portion = self.portion(*position);
                portion.parts += *part;
                // A part that is all there is, is the whole: asked for again, it closes no more.
                portion.is_whole |= open.is_some_and(|open| *part >= open);
            }
            Command::Close { position, volume: None, by } => {
                self.portion(*position).is_whole = true;
                by.iter().for_each(|by| self.portion(*by).is_whole = true);
                if by.is_none() {
                    self.targets.insert(envelope.id.clone(), vec![*position]);
                }
            }
            Command::CloseMany(filter) => {
                // Which positions pass a filter of profits depends on the quote at the time.
                let is_known = |ticket: Ticket| {
                    facts.is_its_own(facts.positions[&ticket].sent) && told.has_opened(ticket)
                };
                let is_named = |ticket: &&Ticket| {
                    is_known(**ticket) && names(filter, facts, symbols, **ticket)
                };
                let targets = facts.open.iter().filter(is_named).copied().collect();
                self.targets.insert(envelope.id.clone(), targets);
                facts.positions.keys().for_each(|ticket| self.portion(*ticket).is_whole = true);
            }
            _ => {}
        }
    }

    fn portion(&mut self, ticket: Ticket) -> &mut Portion {
        self.portions.entry(ticket).or_default()
    }

    /// Takes a request that is sent.
    pub fn sent(
        &self,
        facts: &Facts,
        commands: &Commands,
        symbols: &[String],
        place: usize,
        found: &mut Findings,
    ) {
        let trade = &facts.sent[place].trade;
        if let Owner::Command(id) = &trade.owner
            && trade.request.enters()
            && !commands
                .get(id)
                .and_then(Delivered::envelope)
                .is_some_and(|envelope| is_asked(&trade.request, &envelope.command, symbols))
        {
            found.violate(NAME, || {
                format!(
                    "request {} enters for command {id}, which does not ask for it",
                    trade.cid.0
                )
            });
        }
        let (RequestReason::Command, Request::Close(close)) = (trade.why, &trade.request) else {
            return;
        };
        let portion = self.portions.get(&close.position).copied().unwrap_or_default();
        let owner = facts.owner(close.position).and_then(Owner::strategy);
        // So do those by which a copy follows its source.
        let is_copy = facts
            .opener(close.position)
            .is_some_and(|opener| opener.trade.why == RequestReason::Copied);
        let may_add_up = is_copy || owner.is_some_and(|strategy| self.partial.contains(strategy));
        if !portion.is_whole && !may_add_up && portion.dealt + close.volume > portion.parts {
            found.violate(NAME, || {
                let Portion { parts, dealt, .. } = portion;
                format!(
                    "request {} closes {} of position {}: {parts} were asked, {dealt} are closed",
                    trade.cid.0, close.volume, close.position
                )
            });
        }
    }

    /// Takes a change of the broker's book.
    pub fn change(&mut self, facts: &Facts, change: Change) {
        let Change::Dealt { sent, volume, .. } = change else { return };
        let Trade { why, request, .. } = &facts.sent[sent].trade;
        if let (RequestReason::Command, Request::Close(close)) = (why, request) {
            self.portion(close.position).dealt += volume;
        }
    }

    /// Takes the first result of a command. `broker` is the broker's book and the names of its
    /// symbols.
    pub fn result(
        &self,
        facts: &Facts,
        broker: (&World, &[String]),
        command: &Delivered,
        result: &CommandResult,
        found: &mut Findings,
    ) {
        let (world, symbols) = broker;
        let is_done = result.status == ResultStatus::Executed && result.code == ResultCode::Ok;
        let Some(envelope) = command.envelope().filter(|_| is_done) else { return };
        let is_open = |ticket: &Ticket| facts.positions.get(ticket).is_some_and(Held::is_open);
        let for_it = |owner: &Owner| owner.command() == Some(&result.id);
        let asked = |sent: &Sent| {
            for_it(&sent.trade.owner) || is_asked(&sent.trade.request, &envelope.command, symbols)
        };
        let left = match &envelope.command {
            Command::Close { .. } | Command::CloseMany(_)
                if self.targets.contains_key(&result.id) =>
            {
                self.targets[&result.id]
                    .iter()
                    .find(|ticket| is_open(ticket))
                    .map(|ticket| format!("position {ticket} is open"))
            }
            Command::Close { position, volume: Some(part), .. } => {
                let held = facts
                    .positions
                    .get(position)
                    .filter(|held| held.is_open() && held.closed < *part);
                held.map(|held| format!("{} of position {position} are closed", held.closed))
            }
            Command::CancelOrder { order } => {
                facts.working.get(order).map(|_| format!("order {order} works"))
            }
            Command::ModifyOrder(change) => unlike(facts, world, change),
            // Of two commands that ask for the same, nobody can say which one was executed when the
            // comment is lost.
            Command::Open(_)
                if !facts
                    .positions
                    .keys()
                    .any(|ticket| facts.opener(*ticket).is_some_and(asked)) =>
            {
                Some("no position was opened".to_owned())
            }
            Command::Open(_) => said_otherwise(facts, &result.data),
            Command::Place(_) if !facts.made_orders().any(|sent| for_it(&sent.trade.owner)) => {
                Some("no order was made".to_owned())
            }
            _ => None,
        };
        if let Some(left) = left {
            found.violate(NAME, || {
                format!("command {} is executed, and at the broker {left}", result.id)
            });
        }
    }
}

/// What of a working order is not as its change asks, in words.
fn unlike(facts: &Facts, world: &World, change: &ModifyOrder) -> Option<String> {
    let order = world.working().find(|order| order.ticket == change.order)?;
    // A triggered stop-limit order is a limit order at its second price.
    let is_triggered = order.stop_limit.is_none() && facts.is_stop_limit(order.ticket);
    let lacks = |asked: StopChange, stands: Option<Price>| match asked {
        StopChange::Keep => false,
        StopChange::Remove => stands.is_some(),
        StopChange::Set(price) => stands != Some(price),
    };
    match change.price {
        Some(price) if order.price != Some(price) && !is_triggered => {
            Some(format!("order {} is not at {price}", change.order))
        }
        _ if lacks(change.sl, order.sl) || lacks(change.tp, order.tp) => {
            Some(format!("order {} has other stops", change.order))
        }
        _ => None,
    }
}

/// The broker's volume of the position in a result, in words, if the result says something else.
fn said_otherwise(facts: &Facts, data: &ResultData) -> Option<String> {
    let ResultData::Trade(trade) = data else { return Some("no trade is told".to_owned()) };
    let Some(position) = trade.position else {
        return Some("no position is told, and there is one".to_owned());
    };
    let held = facts.positions.get(&position);
    let opened = held.map_or(Volume::ZERO, |held| held.volume + held.closed);
    (opened != trade.volume)
        .then(|| format!("{opened} were opened, not {} as it says", trade.volume))
}

/// Whether a filter selects a position, wherever the market is.
fn names(filter: &CloseFilter, facts: &Facts, symbols: &[String], ticket: Ticket) -> bool {
    match filter {
        CloseFilter::All => true,
        CloseFilter::Strategy(strategy) => {
            facts.owner(ticket).and_then(Owner::strategy) == Some(strategy)
        }
        CloseFilter::Symbol(name) => {
            symbols.get(facts.positions[&ticket].symbol.index()) == Some(name)
        }
        CloseFilter::Profitable { .. } | CloseFilter::Losing => false,
    }
}

/// Whether a command asks for this entry. Stops that are too near may be widened.
fn is_asked(request: &Request, command: &Command, symbols: &[String]) -> bool {
    match (request, command) {
        (Request::Open(sent), Command::Open(asked)) => {
            symbols.get(sent.symbol.index()) == Some(&asked.symbol)
                && (sent.side, sent.volume) == (asked.side, asked.volume)
                && (sent.sl.is_some(), sent.tp.is_some())
                    == (asked.sl.is_some(), asked.tp.is_some())
        }
        (Request::Place(sent), Command::Place(asked)) => {
            symbols.get(sent.symbol.index()) == Some(&asked.symbol)
                && (sent.kind, sent.side, sent.volume) == (asked.kind, asked.side, asked.volume)
                && (sent.price, sent.stop_limit, sent.sl, sent.tp)
                    == (asked.price, asked.stop_limit, asked.sl, asked.tp)
        }
        _ => false,
    }
}
