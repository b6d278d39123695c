//! Which account a terminal may trade.

use super::lines::SCHEMA;
use super::news::Attached;
use crate::domain::account::MarginMode;

/// Which account is traded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// Its number.
    pub login: u64,
    /// Its server; none accepts any.
    pub server: Option<String>,
    /// Whether it may be one of real money.
    pub real: bool,
}

/// Why a terminal cannot be used. Trying again does not help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TerminalRefused {
    /// The peer speaks another version of the protocol.
    #[error("the gateway speaks version {0} of the protocol, and this program version {SCHEMA}")]
    Schema(u32),
    /// It is connected to another account.
    #[error("the terminal trades account {login} at {server}, and the settings name another")]
    Account {
        /// The account that it trades.
        login: u64,
        /// Its server.
        server: String,
    },
    /// The account is of real money.
    #[error(
        "account {0} is of real money: allow it by mt5.allow_real = true and by --account {0}, if that is meant"
    )]
    Real(u64),
    /// The account nets positions.
    #[error("the margin mode of account {login} is {mode}: tickdeck needs a hedging account")]
    Netting {
        /// The account.
        login: u64,
        /// Its kind.
        mode: &'static str,
    },
    /// MT5 states a kind of account that is not known.
    #[error("account {login}: margin_mode {mode} is not one that MT5 documents")]
    MarginMode {
        /// The account.
        login: u64,
        /// The number.
        mode: u32,
    },
}

impl Identity {
    /// Whether this is the account that is meant.
    ///
    /// # Errors
    /// Why it is not.
    pub fn check(&self, attached: &Attached) -> Result<(), TerminalRefused> {
        // ACCOUNT_TRADE_MODE_DEMO and _CONTEST; what is none of the known ones may be real money.
        const NO_MONEY: [u32; 2] = [0, 1];
        let Attached { login, server, trade_mode, margin_mode, .. } = attached;
        let login = *login;
        let is_server = self.server.as_ref().is_none_or(|named| named == server);
        if login != self.login || !is_server {
            return Err(TerminalRefused::Account { login, server: server.clone() });
        }
        if !NO_MONEY.contains(trade_mode) && !self.real {
            return Err(TerminalRefused::Real(login));
        }
        // ACCOUNT_MARGIN_MODE_RETAIL_NETTING, _EXCHANGE, _RETAIL_HEDGING.
        match margin_mode {
            0 => Err(TerminalRefused::Netting { login, mode: MarginMode::Netting.name() }),
            1 => Err(TerminalRefused::Netting { login, mode: MarginMode::Exchange.name() }),
            2 => Ok(()),
            mode => Err(TerminalRefused::MarginMode { login, mode: *mode }),
        }
    }
}
