//! The account: whether it is the configured one, its figures, and its cap on positions.

use super::Executor;
use crate::domain::account::Account;
use crate::executor::action::{Action, Alert, AlertCode, Severity};
use crate::risk::limits::Cap;

impl Executor {
    pub(super) fn on_account(&mut self, account: &Account, out: &mut Vec<Action>) {
        if self.is_our_account(account, out) {
            self.take_account(account, out);
        }
    }

    /// Whether an account is the configured one; entries stop while it is not.
    pub(super) fn is_our_account(&mut self, account: &Account, out: &mut Vec<Action>) -> bool {
        let config = &self.config;
        let path = if account.login != config.login {
            "account.login"
        } else if config.server.is_some()
            && account.server.is_some()
            && account.server != config.server
        {
            "account.server"
        } else if !account.margin_mode.is_hedging() {
            "account.margin_mode"
        } else {
            if std::mem::take(&mut self.gate.wrong_account) {
                // Exits may go on at once; entries wait for a reading.
                self.link.read = false;
                self.readings.stir();
                self.hurry();
            }
            return true;
        };
        if !self.gate.wrong_account {
            self.gate.wrong_account = true;
            self.readings.stir();
            out.push(
                Alert {
                    path: Some(path.to_owned()),
                    ..Alert::new(Severity::Critical, AlertCode::WrongAccount)
                }
                .into(),
            );
        }
        false
    }

    /// Takes the account's figures. When the broker allows trading again, the stop that refusals
    /// had caused ends. A margin call is told when it begins; what the broker closes for lack of
    /// margin is gone like what a stop loss closes.
    pub(super) fn take_account(&mut self, account: &Account, out: &mut Vec<Action>) {
        let was_called = self.account.as_ref().is_some_and(|before| before.margin_call);
        if account.margin_call && !was_called {
            out.push(Alert::new(Severity::Critical, AlertCode::MarginCall).into());
        }
        let before = self.account.as_ref().map(|before| before.trade_allowed);
        if before == Some(false) && account.trade_allowed {
            self.gate.trading_disabled = false;
            self.hurry();
        }
        if self.account.as_ref().is_some_and(|before| before.currency != account.currency) {
            self.worth.forget();
        }
        self.account = Some(account.clone());
        (self.account_heard, self.account_step) = (self.now, self.step);
    }

    /// Sets the account's cap as configured, but no higher than a RISK_UPDATE set it in an earlier
    /// life.
    pub(super) fn account_cap_anew(&mut self, configured: Option<u32>) {
        let before = self.config.limits.max_open_trades_account.map(Cap::new);
        let changed = self.account_cap.filter(|cap| Some(*cap) != before);
        self.account_cap = match (changed, configured) {
            (Some(cap), Some(most)) => Some(cap.at_most(most)),
            (changed, configured) => changed.or(configured.map(Cap::new)),
        };
    }
}
