//! Commands about positions: open, close, stops.

use super::order::check_volume;
use super::{Reply, Said, field};
use crate::domain::amount::{Money, Price, Volume};
use crate::domain::id::{CommandId, ContentHash, Ticket};
use crate::executor::Executor;
use crate::executor::action::{Action, Owner, RequestReason, ResultCode, ResultData};
use crate::executor::book::holding::Holding;
use crate::executor::command::{CloseFilter, OpenPosition, StopChange};
use crate::executor::flow::{Intent, StopsWanted};
use crate::executor::key::Purpose;
use crate::executor::outcome::code_of;
use crate::executor::permission::{Asker, Entry};
use crate::executor::plan::EntryTerms;
use crate::executor::pursue::Portion;
use crate::executor::sending::NewFlow;
use crate::executor::waiting::Until;
use crate::market::timeframe::Timeframe;

impl Executor {
    pub(super) fn open_position(
        &mut self,
        id: &CommandId,
        open: &OpenPosition,
        out: &mut Vec<Action>,
    ) -> Reply {
        match self.plan_open(id, open) {
            Ok(new) => {
                let key = self.begin_flow(new, out);
                self.wait(id, None, Until::Opened(key));
                Reply::Waits
            }
            Err(refused) => Reply::Refused(refused),
        }
    }

    fn plan_open(&mut self, id: &CommandId, open: &OpenPosition) -> Result<NewFlow, Said> {
        let (symbol, spec) = self.tradable(&open.symbol)?;
        check_volume(spec, open.volume, self.config.limits.lots_max)?;
        let owner = Owner::Command(id.clone());
        let magic = self.registry.own();
        let refused = |verdict| (code_of(Some(verdict)), ResultData::None);
        let entry = Entry {
            by: Asker::Command,
            magic,
            symbol,
            side: open.side,
            volume: open.volume,
            own: None,
        };
        self.permit(entry).map_err(refused)?;
        let deviation = open.deviation.unwrap_or(self.config.limits.deviation);
        let stops = StopsWanted::Prices(open.sl, open.tp);
        let plan = self
            .plan(EntryTerms {
                symbol,
                side: open.side,
                volume: open.volume,
                stops,
                deviation,
                filling: 0,
            })
            .map_err(refused)?;
        let intent = Intent::Open(plan);
        self.check_portfolio(entry, &intent).map_err(refused)?;
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

    pub(super) fn close_position(
        &mut self,
        id: &CommandId,
        position: Ticket,
        volume: Option<Volume>,
        by: Option<Ticket>,
    ) -> Reply {
        let open = |ticket: Ticket| self.book.get(ticket).filter(|holding| holding.is_open());
        // Of what has no known volume, nobody can say which part is meant.
        let is_whole = volume.is_none() && by.is_none();
        let may_be_meant =
            |holding: &&Holding| holding.is_open() || is_whole && self.book.may_be_open(holding);
        let Some(holding) = self.book.get(position).filter(may_be_meant) else {
            return Reply::Refused(self.not_known(ResultCode::UnknownPosition));
        };
        let bad = |path: &str, reason: &str| {
            Reply::Refused((ResultCode::BadParameters, field(path, reason)))
        };
        let (held, closed) = (holding.open_volume(), holding.closed_volume());
        let grows = self
            .book
            .orders()
            .any(|order| order.position == Some(holding.identifier) && !order.is_over());
        let portion = match (volume, by) {
            (None, None) => Portion::Whole,
            (Some(_), Some(_)) => {
                return bad(
                    "volume",
                    "a close by another position takes what both cover: leave it out",
                );
            }
            // Volume that its opening order may still fill was not meant.
            (Some(volume), None) if volume >= held && !grows => Portion::Whole,
            (Some(volume), None) => {
                let spec = self.symbols[holding.symbol.index()].spec.as_ref();
                if spec.is_none_or(|spec| !volume.is_multiple_of(spec.volume_step)) {
                    return bad("volume", "must be a multiple of the symbol's step");
                }
                if spec.is_some_and(|spec| volume < spec.volume_min) {
                    return bad("volume", "must not be below the symbol's smallest volume");
                }
                Portion::Part(volume)
            }
            (None, Some(by)) => match open(by) {
                None => {
                    return Reply::Refused((
                        ResultCode::UnknownPosition,
                        field("byTicket", "there is no such position of ours"),
                    ));
                }
                Some(other) if other.symbol != holding.symbol || other.side == holding.side => {
                    return bad("byTicket", "must be an opposite position of the same symbol");
                }
                Some(_) => Portion::By(by),
            },
        };
        let covered = by.and_then(open).map_or(Volume::ZERO, Holding::open_volume);
        self.want_exit(position, RequestReason::Command, portion);
        let goal = self
            .book
            .get(position)
            .and_then(|holding| holding.exit.as_ref())
            .expect("an exit was just wanted");
        let by_another = goal.by.filter(|_| covered < held).map(|_| closed + covered);
        self.wait(id, None, Until::Closed(vec![(position, goal.part.or(by_another))]));
        Reply::Waits
    }

    /// Sets the stops goal of a position. It is reached once the broker reports these stops.
    pub(super) fn modify_position(
        &mut self,
        id: &CommandId,
        position: Ticket,
        (sl, tp): (StopChange, StopChange),
        out: &mut Vec<Action>,
    ) -> Reply {
        let unknown = self.not_known(ResultCode::UnknownPosition);
        let Some(holding) = self.book.get_mut(position).filter(|holding| holding.is_open()) else {
            return Reply::Refused(unknown);
        };
        let spec = self.symbols[holding.symbol.index()].spec.as_ref();
        let Some(spec) = spec else {
            return Reply::Refused((ResultCode::NotReady, ResultData::None));
        };
        for (path, change) in [("stopLoss", sl), ("takeProfit", tp)] {
            let on_grid =
                |price: Price| price > Price::ZERO && price.round_to_tick(spec.tick_size) == price;
            if matches!(change, StopChange::Set(price) if !on_grid(price)) {
                let reason =
                    format!("must be above 0 and a multiple of the tick size, {}", spec.tick_size);
                return Reply::Refused((ResultCode::BadParameters, field(path, &reason)));
            }
        }
        let before =
            if holding.stops_goal.stood { holding.stops } else { holding.stops_goal.wanted };
        let wanted = (sl.of(before.0), tp.of(before.1));
        let stood = holding.stops == wanted;
        let goal = &mut holding.stops_goal;
        goal.turn(wanted);
        (goal.stood, goal.before, goal.command) = (stood, Some(before), Some(id.clone()));
        self.withdraw(&Until::Stops(position), out);
        self.wait(id, None, Until::Stops(position));
        Reply::Waits
    }

    /// Closes the positions that a filter selects at this moment; strategies go on running.
    pub(super) fn close_many(&mut self, id: &CommandId, filter: &CloseFilter) -> Reply {
        if !self.link.read_in_life {
            return Reply::Refused((ResultCode::NotReady, ResultData::None));
        }
        let open = self
            .book
            .holdings()
            .filter(|holding| self.book.may_be_open(holding) && self.passes(filter, holding));
        let open: Vec<Ticket> = open.map(|holding| holding.ticket).collect();
        open.iter()
            .for_each(|ticket| self.want_exit(*ticket, RequestReason::Command, Portion::Whole));
        let strategy =
            if let CloseFilter::Strategy(strategy) = filter { Some(strategy) } else { None };
        self.wait(
            id,
            strategy,
            Until::Closed(open.into_iter().map(|ticket| (ticket, None)).collect()),
        );
        Reply::Waits
    }

    fn passes(&self, filter: &CloseFilter, holding: &Holding) -> bool {
        match filter {
            CloseFilter::All => true,
            CloseFilter::Profitable { min_profit } => {
                self.floating(holding).is_some_and(|profit| profit > *min_profit)
            }
            CloseFilter::Losing => {
                self.floating(holding).is_some_and(|profit| profit < Money::ZERO)
            }
            CloseFilter::Strategy(id) => holding.claim.owner.strategy() == Some(id),
            CloseFilter::Symbol(name) => self.symbols[holding.symbol.index()].name == *name,
        }
    }
}
