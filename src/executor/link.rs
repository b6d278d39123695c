//! The link to the broker, and restarts of the process: what becomes void after either, and what is
//! requested again.

use super::plant::planted;
use super::{Executor, LinkState, Stage};
use crate::executor::action::{Action, Alert, AlertCode, OrderProgress, Severity, Verdict};
use crate::executor::event::{Life, Link};
use crate::executor::flow::FlowState;

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
                    self.book.holdings_mut().for_each(|holding| holding.exit = None);
                }
                out.push(Alert::new(Severity::Warning, AlertCode::LinkDown).into());
            }
            // A stage cannot be reached without the one before it, and one already reached needs no
            // second event.
            (Link::Verified | Link::Synced, _) => {}
        }
    }

    /// The link is down, or was down unnoticed: open requests are void, and quotes were missed.
    fn lose_link(&mut self) {
        self.keep_figures();
        self.link = LinkState { stage: Stage::Down, read: false, ..self.link };
        self.readings.forget_questions();
        self.set_windows();
        self.halt_feeds();
    }

    /// The process starts. Requests for data of an earlier process will not be answered any more,
    /// and orders that it sent may have been executed. Symbols are looked up again by name, and the
    /// caps are those of the new configuration.
    pub(super) fn on_life(&mut self, life: &Life, out: &mut Vec<Action>) {
        if !self.lived {
            self.remembers_from = Some(self.now);
        }
        self.lived = true;
        self.keep_figures();
        self.standing.forget_quotes();
        if !planted!(self, StaleLinkRestored) {
            self.link = LinkState::default();
        }
        self.readings.forget_questions();
        self.account_cap_anew(life.config.limits.max_open_trades_account);
        let before = self.config.risk.clone();
        self.contracts_anew(life);
        self.limits_anew(&before);
        self.halt_feeds();
        self.forget_all_questions();
        for symbol in &mut self.symbols {
            symbol.forget_quote();
            (symbol.awaited, symbol.subscribed) = (false, false);
        }
        for number in self.flows.numbers(|flow| !flow.is_out()) {
            self.give_up(number, Verdict::NotReady, out);
        }
        // A change or a removal that was out may come yet, or not at all: its goal is pursued anew.
        for number in self.flows.numbers(|flow| !flow.intent.makes_order()) {
            self.linger(number);
            self.end_flow(number, OrderProgress::Ended, None);
        }
        for flow in self.flows.iter_mut() {
            flow.state = FlowState::Unknown { conclusive: None, absent: 0 };
        }
        self.gate.wrong_account = false;
        if planted!(self, LatchLostOnRestart) {
            self.gate.latch = None;
        }
        self.sources_anew();
        if planted!(self, SourcesForgottenOnRestart) {
            self.sources.clear();
        }
        self.keep_bans(out);
        if planted!(self, OutRequestsLostOnRestart) {
            self.flows
                .numbers(|_| true)
                .into_iter()
                .for_each(|number| self.end_flow(number, OrderProgress::Working, None));
        }
    }
}
