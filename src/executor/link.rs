//! The link to the broker, and restarts of the process: what is void after either, and what is requested again.

use super::deadlines::Due;
use super::plant::planted;
use super::{Executor, LinkState, Stage};
use crate::domain::id::SymbolId;
use crate::executor::action::{Action, Alert, AlertCode, Severity, Verdict};
use crate::executor::book::holding::Holding;
use crate::executor::event::{Life, Link};
use crate::executor::flow::{Flow, FlowState, Intent};
use crate::executor::symbol_state::SymbolState;
use crate::risk::limits::Cap;
use std::collections::BTreeSet;

impl Executor {
    pub(super) fn on_link(&mut self, link: Link, out: &mut Vec<Action>) {
        match (link, self.link.stage) {
            (Link::Up, before) => {
                if before != Stage::Down {
                    self.lose_link();
                }
                self.link.stage = Stage::Up;
            }
            (Link::Verified, Stage::Up) => self.link.stage = Stage::Verified,
            (Link::Synced, Stage::Verified) => {
                self.link.stage = Stage::Synced;
                self.subscribe_missing(out);
                self.reopen_feeds(out);
                self.set_windows();
                self.readings.stir();
                self.hurry();
            }
            (Link::Down, _) => {
                self.lose_link();
                if planted!(self, ExitForgottenAfterLinkDown) {
                    self.book.forget_exits();
                }
                out.push(Alert::new(Severity::Warning, AlertCode::LinkDown).into());
            }
            // A stage that was not reached cannot be passed; one that was needs no second word.
            (Link::Verified | Link::Synced, _) => {}
        }
    }

    /// The link is down, or has been without a word: what was asked over it is void, and quotes were missed.
    fn lose_link(&mut self) {
        self.link = LinkState { stage: Stage::Down, read: false, ..self.link };
        self.readings.forget_questions();
        self.set_windows();
        self.halt_feeds();
    }

    /// The process starts. Requests for data of an earlier process are not answered any more; orders that it sent may
    /// have been executed; symbols are found again by their names; the caps are those of the new configuration.
    pub(super) fn on_life(&mut self, life: &Life, out: &mut Vec<Action>) {
        if !self.lived {
            self.remembers_from = Some(self.now);
        }
        self.lived = true;
        if !planted!(self, StaleLinkRestored) {
            self.link = LinkState::default();
        }
        self.readings.forget_questions();
        self.account_cap_anew(life.config.limits.max_open_trades_account);
        self.contracts_anew(life);
        self.halt_feeds();
        for symbol in &mut self.symbols {
            symbol.forget_quote();
            (symbol.awaited, symbol.subscribed) = (false, false);
        }
        for number in self.flows.numbers(|flow| !flow.is_out()) {
            self.give_up(number, Verdict::NotReady, out);
        }
        for flow in self.flows.iter_mut() {
            flow.state = FlowState::Unknown { conclusive: None, absent: 0 };
        }
        self.gate.wrong_account = false;
        if planted!(self, LatchLostOnRestart) {
            self.gate.latch = None;
        }
        if planted!(self, OutRequestsLostOnRestart) {
            self.flows.numbers(|_| true).into_iter().for_each(|number| drop(self.flows.close(number)));
        }
    }

    /// The account's cap is as configured, and no higher than what RISK_UPDATE made of it in an earlier life.
    fn account_cap_anew(&mut self, configured: Option<u32>) {
        let before = self.config.limits.max_open_trades_account.map(Cap::new);
        let changed = self.account_cap.filter(|cap| Some(*cap) != before);
        self.account_cap = match (changed, configured) {
            (Some(cap), Some(most)) => Some(cap.at_most(most)),
            (changed, configured) => changed.or(configured.map(Cap::new)),
        };
    }

    /// Takes the configuration of this process: its symbols in its order, then those that were subscribed in addition.
    fn contracts_anew(&mut self, life: &Life) {
        let mut names = life.config.symbols.clone();
        names.extend(self.symbols.iter().map(|symbol| symbol.name.clone()).filter(|name| !life.config.symbols.contains(name)));
        let place = |name: &str| names.iter().position(|other| other == name).expect("every known name is among them");
        let moved: Vec<SymbolId> = self.symbols.iter().map(|symbol| id_of(place(&symbol.name))).collect();
        if moved.iter().enumerate().any(|(before, after)| after.index() != before) {
            self.move_symbols(&moved);
        }
        let mut before = std::mem::take(&mut self.symbols);
        self.symbols = names
            .into_iter()
            .map(|name| match before.iter().position(|symbol| symbol.name == name) {
                Some(known) => before.swap_remove(known),
                None => SymbolState::new(name),
            })
            .collect();
        self.config = life.config.clone();
        let cap = self.config.limits.lots_max;
        for strategy in self.strategies.iter_mut() {
            let spec = self.symbols[strategy.symbol.index()].spec.as_ref();
            let (Some(cap), Some(spec)) = (cap, spec) else { continue };
            let coming = strategy.update.as_mut().map(|update| &mut update.effective);
            for effective in coming.into_iter().chain([&mut strategy.effective]).filter(|effective| effective.lots > cap) {
                effective.lots = crate::risk::sizing::floor_to_step(cap, spec.volume_step);
            }
        }
    }

    /// Gives every symbol its new index.
    fn move_symbols(&mut self, moved: &[SymbolId]) {
        let to = |symbol: &mut SymbolId| *symbol = moved[symbol.index()];
        self.strategies.iter_mut().for_each(|strategy| to(&mut strategy.symbol));
        self.feeds.iter_mut().for_each(|feed| to(&mut feed.symbol));
        self.book.symbols_mut(to);
        for flow in self.flows.iter_mut() {
            to(&mut flow.symbol);
            intent_symbol(flow, to);
        }
    }

    /// After an outage every feed in use asks for the bars that it missed, and runs on from there.
    fn reopen_feeds(&mut self, out: &mut Vec<Action>) {
        for place in 0..self.feeds.len() {
            let cursor = self.symbols[self.feeds[place].symbol.index()].cursor;
            let need = self.feeds[place].reopen(cursor);
            self.ask_bars(u16::try_from(place).expect("feeds are numbered by u16"), need, out);
        }
    }

    /// Quotes may be missed from now on: no feed builds bars until those that it lacks have been read.
    fn halt_feeds(&mut self) {
        for feed in &mut self.feeds {
            feed.reopen(self.symbols[feed.symbol.index()].cursor);
        }
    }

    /// Requests bars again, whose answer has not come by its deadline.
    pub(super) fn on_bars_due(&mut self, feed: u16, out: &mut Vec<Action>) {
        if self.link.stage == Stage::Down {
            return;
        }
        let need = self.feeds[usize::from(feed)].missing();
        self.ask_bars(feed, need, out);
    }

    /// Requests the symbols that an earlier process had subscribed, and those that commands wait for.
    pub(super) fn subscribe_missing(&mut self, out: &mut Vec<Action>) {
        if self.link.stage == Stage::Down {
            return;
        }
        let known = self.symbols.iter().filter(|symbol| !symbol.subscribed && !symbol.name.is_empty()).map(|symbol| symbol.name.clone());
        let names: BTreeSet<String> = known.chain(self.waiting.symbols()).collect();
        names.iter().for_each(|name| self.subscribe(name, out));
    }

    /// Requests a symbol that the session does not have; again after a while, as long as a command waits for it.
    pub(super) fn subscribe(&mut self, name: &str, out: &mut Vec<Action>) {
        let id = self.readings.next_id();
        let deadline = self.now.plus_msc(self.config.limits.data_deadline_msc);
        self.deadlines.set(Due::Subscription, Some(deadline));
        out.push(Action::Data(crate::executor::action::DataRequest::Subscribe { id, deadline, name: name.to_owned() }));
    }

    /// Whether a position is of a symbol that can still be valued.
    pub(super) fn floating(&self, holding: &Holding) -> Option<crate::domain::amount::Money> {
        let (spec, bid, ask) = self.symbols.get(holding.symbol.index())?.quoted()?;
        let close = holding.side.exit_price(bid, ask);
        crate::domain::money::profit(spec, holding.side, holding.open_volume(), holding.price_open, close)
    }
}

fn id_of(place: usize) -> SymbolId {
    SymbolId(u16::try_from(place).expect("symbols are numbered by u16"))
}

fn intent_symbol(flow: &mut Flow, to: impl Fn(&mut SymbolId)) {
    match &mut flow.intent {
        Intent::Open(_) => {}
        Intent::Place(one) => to(&mut one.symbol),
        Intent::Close(one) => to(&mut one.symbol),
        Intent::CloseBy(one) => to(&mut one.symbol),
        Intent::Modify(one) => to(&mut one.symbol),
        Intent::ModifyOrder(one) => to(&mut one.symbol),
        Intent::Remove(one) => to(&mut one.symbol),
    }
}
