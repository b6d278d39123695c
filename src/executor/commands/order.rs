//! Commands about pending orders.

use super::{Reply, Said, field};
use crate::domain::amount::{Price, Volume};
use crate::domain::id::{CommandId, ContentHash, SymbolId, Ticket};
use crate::domain::order::Expiration;
use crate::domain::symbol::SymbolSpec;
use crate::domain::time::{ServerMsc, Timestamp};
use crate::executor::Executor;
use crate::executor::action::{
    Action, ModifyOrderRequest, Owner, PlaceRequest, RequestReason, ResultCode, ResultData,
};
use crate::executor::command::{ModifyOrder, OrderLife, PlaceOrder};
use crate::executor::flow::Intent;
use crate::executor::key::Purpose;
use crate::executor::outcome::code_of;
use crate::executor::permission::{Asker, Entry};
use crate::executor::plant::planted;
use crate::executor::sending::NewFlow;
use crate::executor::symbol_state::SymbolState;
use crate::executor::waiting::Until;
use crate::market::timeframe::Timeframe;

impl Executor {
    pub(super) fn place_order(
        &mut self,
        id: &CommandId,
        place: &PlaceOrder,
        out: &mut Vec<Action>,
    ) -> Reply {
        match self.plan_place(id, place) {
            Ok(new) => {
                let key = self.begin_flow(new, out);
                self.wait(id, None, Until::Placed(key));
                Reply::Waits
            }
            Err(refused) => Reply::Refused(refused),
        }
    }

    /// The order to be sent, checked as far as is possible here.
    fn plan_place(&mut self, id: &CommandId, place: &PlaceOrder) -> Result<NewFlow, Said> {
        let PlaceOrder { kind, side, volume, price, stop_limit, sl, tp, expiration, .. } = *place;
        let (symbol, spec) = self.tradable(&place.symbol)?;
        let bad = |path: &str, reason: &str| Err((ResultCode::BadParameters, field(path, reason)));
        let is_taken = spec.order_mode.allows(kind.of(side))
            && (sl.is_none() || spec.order_mode.allow_sl())
            && (tp.is_none() || spec.order_mode.allow_tp());
        if !is_taken && !planted!(self, OrderModeIgnored) {
            return Err((
                ResultCode::NotTradable,
                field("type", "the symbol does not take such orders"),
            ));
        }
        check_volume(spec, volume, self.config.limits.lots_max)?;
        let on_grid =
            |price: Price| price > Price::ZERO && price.round_to_tick(spec.tick_size) == price;
        for (path, level) in
            [("price", Some(price)), ("stopLimit", stop_limit), ("sl", sl), ("tp", tp)]
        {
            if !level.is_none_or(on_grid) {
                return bad(
                    path,
                    &format!("must be above 0 and a multiple of the tick size, {}", spec.tick_size),
                );
            }
        }
        let expiration = self.expiration(expiration)?;
        let owner = Owner::Command(id.clone());
        let magic = self.registry.own();
        let entry = Entry { by: Asker::Command, magic, symbol, side, volume, own: None };
        let request =
            PlaceRequest { symbol, kind, side, volume, price, stop_limit, sl, tp, expiration };
        let intent = Intent::Place(request);
        self.permit(entry)
            .and_then(|()| self.check_portfolio(entry, &intent))
            .map_err(|verdict| (code_of(Some(verdict)), ResultData::None))?;
        Ok(NewFlow {
            owner,
            magic,
            rules_hash: ContentHash([0; 32]),
            timeframe: Timeframe::M1,
            symbol,
            why: RequestReason::Command,
            purpose: Purpose::Command,
            intent,
        })
    }

    /// The expiration of an order, by the server's clock.
    fn expiration(&self, life: OrderLife) -> Result<Expiration, Said> {
        // MT5 takes whole seconds, and a tick has been under way for some milliseconds: the time is
        // rounded to the nearest second.
        let in_msc = |msc: i64| {
            ServerMsc(
                self.server_clock().0.saturating_add(msc).saturating_add(500).div_euclid(1_000)
                    * 1_000,
            )
        };
        let passed = || (ResultCode::BadParameters, field("expiration", "must lie in the future"));
        if self.symbols.iter().all(SymbolState::is_unheard)
            && matches!(life, OrderLife::ForMs(_) | OrderLife::Until(_))
        {
            return Err((ResultCode::NotReady, ResultData::None));
        }
        match life {
            OrderLife::Gtc => Ok(Expiration::Gtc),
            OrderLife::Day => Ok(Expiration::Day),
            OrderLife::ForMs(msc) => i64::try_from(msc)
                .map(|msc| Expiration::Specified(in_msc(msc)))
                .map_err(|_| passed()),
            OrderLife::Until(until) => {
                self.left_ms(until).map(|msc| Expiration::Specified(in_msc(msc))).ok_or_else(passed)
            }
        }
    }

    /// The time until a moment, in milliseconds.
    const fn left_ms(&self, until: Timestamp) -> Option<i64> {
        let left = until.nanos().saturating_sub(self.now.nanos()) / 1_000_000;
        if left > 0 { Some(left) } else { None }
    }

    pub(super) fn cancel_order(&mut self, id: &CommandId, order: Ticket) -> Reply {
        if self.book.order(order).is_none_or(|order| !order.is_working()) {
            return Reply::Refused(self.not_known(ResultCode::UnknownOrder));
        }
        self.want_removal(order, RequestReason::Command);
        self.wait(id, None, Until::Removed(order));
        Reply::Waits
    }

    pub(super) fn modify_order(
        &mut self,
        id: &CommandId,
        change: &ModifyOrder,
        out: &mut Vec<Action>,
    ) -> Reply {
        let expiration = match change.expiration.map(|life| self.expiration(life)).transpose() {
            Ok(expiration) => expiration,
            Err(refused) => return Reply::Refused(refused),
        };
        let unknown = Reply::Refused(self.not_known(ResultCode::UnknownOrder));
        let Some(order) = self
            .book
            .order_mut(change.order)
            .filter(|order| order.is_working() && order.kind.is_pending())
        else {
            return unknown;
        };
        if order.remove.is_some() {
            return Reply::Refused((ResultCode::Withdrawn, ResultData::None));
        }
        let Some(price) = change.price.or(order.price) else { return unknown };
        let request = ModifyOrderRequest {
            symbol: order.symbol,
            order: order.ticket,
            price,
            stop_limit: change.stop_limit.or(order.stop_limit),
            sl: change.sl.of(order.claim.wanted.0),
            tp: change.tp.of(order.claim.wanted.1),
            expiration: expiration.unwrap_or(order.expiration),
        };
        order.want_change(request);
        self.withdraw(&Until::Changed(change.order), out);
        self.wait(id, None, Until::Changed(change.order));
        Reply::Waits
    }

    /// A symbol that can be traded now, with its specification.
    pub(super) fn tradable(&self, name: &str) -> Result<(SymbolId, &SymbolSpec), Said> {
        let symbol = self.symbol_named(name).ok_or_else(|| Self::unknown_symbol(name))?;
        let spec = self.symbols[symbol.index()].spec.as_ref();
        let spec = spec.ok_or((ResultCode::NotReady, ResultData::None))?;
        Ok((symbol, spec))
    }

    /// The refusal of an unknown symbol.
    pub(super) fn unknown_symbol(name: &str) -> Said {
        (ResultCode::UnknownSymbol, field("symbol", &format!("`{name}` is not in this session")))
    }
}

/// Whether a command may trade a volume.
pub(super) fn check_volume(
    spec: &SymbolSpec,
    volume: Volume,
    most: Option<Volume>,
) -> Result<(), Said> {
    let bad = |reason: String| Err((ResultCode::BadParameters, field("volume", &reason)));
    if !spec.accepts_volume(volume) {
        return bad(format!(
            "must be {} to {} lots in steps of {}",
            spec.volume_min, spec.volume_max, spec.volume_step
        ));
    }
    match most {
        Some(most) if volume > most => bad(format!("is above the executor's cap of {most} lots")),
        _ => Ok(()),
    }
}
