//! Symbols: their specifications as the broker sends them, the requests for missing ones, and their
//! indices, which each process assigns anew.

use super::deadlines::Due;
use super::symbol_state::SymbolState;
use super::waiting::Until;
use super::{Executor, Stage, commands};
use crate::domain::id::SymbolId;
use crate::executor::action::{Action, DataRequest, ResultCode, ResultStatus};
use crate::executor::event::{Life, NoSymbol, SymbolNews};
use crate::risk::sizing::floor_to_step;
use std::collections::BTreeSet;

impl Executor {
    /// Takes a specification. One that makes no sense raises an alert, and the symbol is not
    /// entered until a sound one comes. The last sound one is kept for exits.
    pub(super) fn on_symbol(&mut self, news: &SymbolNews, out: &mut Vec<Action>) {
        let place = news.symbol.index();
        if place >= self.symbols.len() {
            self.symbols.resize_with(place + 1, || SymbolState::new(String::new()));
        }
        let symbol = &mut self.symbols[place];
        if symbol.name.is_empty() {
            symbol.name.clone_from(&news.spec.name);
            // The account's holdings in this symbol could not be understood so far: the account is
            // read before anything is entered.
            self.link.read = false;
            self.readings.stir();
        }
        let symbol = &mut self.symbols[place];
        let flawed = news.spec.flaw().is_some();
        (symbol.unsound, symbol.subscribed) = (flawed, true);
        if flawed {
            return Self::broker_flaw(&format!("symbol.{}", news.spec.name), None, out);
        }
        if symbol.spec.as_ref() != Some(&news.spec) {
            // What is open is summed anew.
            self.worth.forget();
        }
        let symbol = &mut self.symbols[place];
        symbol.spec = Some(news.spec.clone());
        self.keep_bars(news.symbol, out);
        // Which news concern a symbol follows from its currencies.
        self.keep_bans(out);
        for (number, waiting) in self.waiting.take_starts(|start| start.symbol == news.spec.name) {
            self.deadlines.set(Due::Command(number), None);
            let Until::Subscribed(start) = waiting.until else {
                unreachable!("it waits for a symbol")
            };
            let (status, (code, data)) = match self.start_now(&start, out) {
                Ok(done) => (ResultStatus::Executed, done),
                Err(refused) => (ResultStatus::Failed, refused),
            };
            self.finish(&waiting.id, status, code, Some(&start.strategy), data, out);
        }
    }

    /// Whether a symbol has been heard of: a place below a known one may be that of a symbol which
    /// has not.
    pub(super) fn knows_symbol(&self, symbol: SymbolId) -> bool {
        self.symbols.get(symbol.index()).is_some_and(|known| !known.name.is_empty())
    }

    /// The symbol of a name.
    pub(super) fn symbol_named(&self, name: &str) -> Option<SymbolId> {
        self.symbols.iter().position(|known| known.name == name).map(id_of)
    }

    pub(super) fn on_no_symbol(&mut self, none: &NoSymbol, out: &mut Vec<Action>) {
        for (number, waiting) in self.waiting.take_starts(|start| start.symbol == none.name) {
            self.deadlines.set(Due::Command(number), None);
            let data = commands::field("symbol", &format!("the broker has no `{}`", none.name));
            self.finish(
                &waiting.id,
                ResultStatus::Failed,
                ResultCode::UnknownSymbol,
                waiting.strategy.as_ref(),
                data,
                out,
            );
        }
    }

    /// Requests the symbols that an earlier process had subscribed, and those that commands wait
    /// for.
    pub(super) fn subscribe_missing(&mut self, out: &mut Vec<Action>) {
        if self.link.stage == Stage::Down {
            return;
        }
        let known = self
            .symbols
            .iter()
            .filter(|symbol| !symbol.subscribed && !symbol.name.is_empty())
            .map(|symbol| symbol.name.clone());
        let names: BTreeSet<String> = known.chain(self.waiting.symbols()).collect();
        names.iter().for_each(|name| self.subscribe(name, out));
    }

    /// Requests a symbol that the session does not have, and again after a while as long as a
    /// command waits for it.
    pub(super) fn subscribe(&mut self, name: &str, out: &mut Vec<Action>) {
        let id = self.readings.next_id();
        let deadline = self.now.plus_ms(self.config.limits.data_deadline_ms);
        self.deadlines.set(Due::Subscription, Some(deadline));
        out.push(Action::Data(DataRequest::Subscribe { id, deadline, name: name.to_owned() }));
    }

    /// Applies the configuration of this process: its symbols in its order, then those that were
    /// subscribed in addition.
    pub(super) fn contracts_anew(&mut self, life: &Life) {
        let mut names = life.config.symbols.clone();
        names.extend(
            self.symbols
                .iter()
                .map(|symbol| symbol.name.clone())
                .filter(|name| !life.config.symbols.contains(name)),
        );
        let place = |name: &str| {
            names.iter().position(|other| other == name).expect("every known name is among them")
        };
        let moved: Vec<SymbolId> =
            self.symbols.iter().map(|symbol| id_of(place(&symbol.name))).collect();
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
            // Without a specification the strategy enters nothing; with one, its volume is checked
            // anew.
            let (Some(cap), Some(spec)) = (cap, spec) else { continue };
            let coming = strategy.update.as_mut().map(|update| &mut update.effective);
            for effective in coming
                .into_iter()
                .chain([&mut strategy.effective])
                .filter(|effective| effective.lots > cap)
            {
                effective.lots = floor_to_step(cap, spec.volume_step);
            }
        }
    }

    /// Gives every symbol its new index.
    fn move_symbols(&mut self, moved: &[SymbolId]) {
        let to = |symbol: &mut SymbolId| *symbol = moved[symbol.index()];
        self.strategies.iter_mut().for_each(|strategy| to(&mut strategy.symbol));
        self.feeds.iter_mut().for_each(|feed| to(&mut feed.symbol));
        self.book.symbols_mut(to);
        self.flows.symbols_mut(to);
    }
}

fn id_of(place: usize) -> SymbolId {
    SymbolId(u16::try_from(place).expect("symbols are numbered by u16"))
}
