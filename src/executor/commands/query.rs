//! Questions, answered at once from what is known.

use super::Said;
use crate::domain::amount::Price;
use crate::executor::Executor;
use crate::executor::action::{AccountData, ResultCode, ResultData, SymbolData};

impl Executor {
    pub(super) fn positions(&self) -> Result<Said, Said> {
        if !self.link.read_in_life {
            return Err((ResultCode::NotReady, ResultData::None));
        }
        let open = self.book.holdings().filter(|holding| holding.is_open());
        Ok((
            ResultCode::Ok,
            ResultData::Positions(open.map(|holding| self.position_data(holding)).collect()),
        ))
    }

    pub(super) fn account_info(&self) -> Result<Said, Said> {
        let account = self.account.as_ref().ok_or((ResultCode::NotReady, ResultData::None))?;
        let data = AccountData {
            login: account.login,
            currency: account.currency.clone(),
            leverage: account.leverage,
            balance: account.balance,
            margin: account.margin,
            trade_allowed: account.trade_allowed,
            margin_mode: account.margin_mode,
            as_of: self.account_heard,
        };
        Ok((ResultCode::Ok, ResultData::Account(Box::new(data))))
    }

    pub(super) fn symbol_info(&self, name: &str) -> Result<Said, Said> {
        let known = self.symbols.iter().find(|symbol| symbol.name == name);
        let symbol = known.ok_or_else(|| Self::unknown_symbol(name))?;
        let spec = symbol.spec.clone().ok_or((ResultCode::NotReady, ResultData::None))?;
        let quote = |price: Price| (price > Price::ZERO).then_some(price);
        Ok((
            ResultCode::Ok,
            ResultData::Symbol(Box::new(SymbolData {
                spec,
                bid: quote(symbol.bid),
                ask: quote(symbol.ask),
            })),
        ))
    }

    pub(super) fn status_of(&self, client_order_id: &str) -> Result<Said, Said> {
        let wanted = |key: crate::domain::id::IntentKey, owner: &str| {
            key.to_string() == client_order_id
                || key.comment() == client_order_id
                || owner == client_order_id
        };
        let status =
            self.order_status(wanted).ok_or_else(|| self.not_known(ResultCode::UnknownOrder))?;
        Ok((ResultCode::Ok, ResultData::OrderStatus(Box::new(status))))
    }
}
