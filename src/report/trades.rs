//! The trades of a run as CSV: the closed ones in the order in which they closed, then those that are
//! still open.

use crate::domain::amount::{Money, Price};
use crate::domain::deal::{Deal, DealKind};
use crate::domain::id::Ticket;
use crate::domain::money::currency_digits;
use crate::domain::symbol::SymbolSpec;
use crate::domain::text;
use crate::executor::action::{Action, Report, TradeClosed, TradeOpened};
use crate::executor::event::{BrokerEvent, Event};
use crate::recording::orders::OrderLog;
use crate::session::ports::{Journal, Passed, PortError, Step};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

/// The columns. `order` is the number of the position in the order sequence, where `inspect` shows it as
/// `#1`. Times are the server's milliseconds, as in the tick files. Volumes have at least 2 digits, prices those of
/// the symbol, money those of the deposit currency. A stop that was not set is empty, and so is the close
/// of a trade that is open: its reason is `open`, and its money is what its deals have booked so far, so that
/// all rows together are what was booked. Names are made safe to show ([`text`]).
pub const COLUMNS: [&str; 16] = [
    "order",
    "position",
    "symbol",
    "strategy",
    "side",
    "volume",
    "open_time_msc",
    "open_price",
    "sl",
    "tp",
    "close_time_msc",
    "close_price",
    "reason",
    "profit",
    "commission",
    "swap",
];

/// The trades of a run.
#[derive(Debug)]
pub struct TradeList {
    orders: OrderLog,
    closed: Vec<TradeClosed>,
    open: BTreeMap<Ticket, TradeOpened>,
    /// The deals of positions that are not closed, by position and deal: each may come twice.
    deals: BTreeMap<Ticket, BTreeMap<Ticket, Booked>>,
    /// The positions that are closed, of which readings may tell again.
    ended: BTreeSet<Ticket>,
}

/// What deals have booked, in the deposit currency.
#[derive(Debug, Clone, Copy, Default)]
struct Booked {
    profit: Money,
    commission: Money,
    swap: Money,
}

impl TradeList {
    /// Nothing is traded yet in a session of these symbols.
    #[must_use]
    pub fn new(symbols: &[String]) -> Self {
        let orders = OrderLog::new(symbols, std::iter::empty());
        Self {
            orders,
            closed: Vec::new(),
            open: BTreeMap::new(),
            deals: BTreeMap::new(),
            ended: BTreeSet::new(),
        }
    }

    /// Takes a report of a position of ours.
    fn report(&mut self, report: &Report) {
        match report {
            Report::Opened(opened) => {
                self.open.insert(opened.position, opened.clone());
            }
            Report::Changed(changed) => {
                if let Some(open) = self.open.get_mut(&changed.position) {
                    (open.volume, open.sl, open.tp) = (changed.volume, changed.sl, changed.tp);
                }
            }
            Report::Closed(closed) => {
                self.open.remove(&closed.position);
                self.deals.remove(&closed.position);
                self.ended.insert(closed.position);
                self.closed.push(closed.clone());
            }
            Report::Alert(_) => {}
        }
    }

    fn deal(&mut self, deal: &Deal) {
        let Deal { profit, commission, swap, .. } = *deal;
        if deal.kind == DealKind::Balance || self.ended.contains(&deal.position) {
            return;
        }
        let booked = Booked { profit, commission, swap };
        self.deals.entry(deal.position).or_default().insert(deal.ticket, booked);
    }

    /// Writes all trades; `specs` are those of the symbols, and `currency` is the deposit currency.
    ///
    /// # Errors
    /// Errors of `out`.
    pub fn write<W: Write>(
        mut self,
        out: W,
        specs: &[SymbolSpec],
        currency: &str,
    ) -> Result<W, csv::Error> {
        let _ = self.orders.finish();
        let mut out = csv::Writer::from_writer(out);
        out.write_record(COLUMNS)?;
        let number = |position| {
            let number = self.orders.number_of(position);
            number.map_or_else(String::new, |number| number.to_string())
        };
        let closed = self.closed.iter().map(Row::of_closed);
        let open = self.open.into_values().map(|opened| {
            let deals = self.deals.get(&opened.position).into_iter().flat_map(BTreeMap::values);
            Row {
                opened,
                booked: deals.copied().fold(Booked::default(), Booked::plus),
                closed: None,
            }
        });
        for row in closed.chain(open) {
            let spec = &specs[row.opened.symbol.index()];
            out.write_record(row.fields(number(row.opened.position), spec, currency))?;
        }
        Ok(out.into_inner().map_err(|error| error.into_error())?)
    }
}

impl Journal for TradeList {
    fn step(&mut self, step: &Step<'_>) -> Result<(), PortError> {
        self.orders.step(step);
        match step.event {
            Event::Broker(BrokerEvent::Deal(deal)) => self.deal(deal),
            // News may be lost, and a reading tells what they would have said.
            Event::Broker(BrokerEvent::Snapshot(snapshot)) => {
                snapshot.history_deals.iter().for_each(|deal| self.deal(deal));
            }
            _ => {}
        }
        // Its numbers are wanted, not its lines.
        drop(self.orders.drain());
        for action in step.actions {
            if let Action::Report(report) = action {
                self.report(report);
            }
        }
        Ok(())
    }

    fn takes_runs(&self) -> bool {
        true
    }

    fn pass(&mut self, _: &Passed<'_>) -> Result<(), PortError> {
        Ok(())
    }
}

impl Booked {
    fn plus(self, other: Self) -> Self {
        Self {
            profit: self.profit + other.profit,
            commission: self.commission + other.commission,
            swap: self.swap + other.swap,
        }
    }
}

/// What a row says of a trade, open or closed.
struct Row<'a> {
    opened: TradeOpened,
    booked: Booked,
    closed: Option<&'a TradeClosed>,
}

impl<'a> Row<'a> {
    fn of_closed(closed: &'a TradeClosed) -> Self {
        let TradeClosed { position, symbol, side, volume, sl, tp, .. } = *closed;
        let (time_msc, price) = (closed.open_time_msc, closed.open_price);
        let owner = closed.owner.clone();
        let opened = TradeOpened {
            position,
            owner,
            symbol,
            side,
            volume,
            time_msc,
            price,
            sl,
            tp,
            asked: None,
        };
        let TradeClosed { profit, commission, swap, .. } = *closed;
        let booked = Booked { profit, commission, swap };
        Self { opened, booked, closed: Some(closed) }
    }

    fn fields(&self, number: String, spec: &SymbolSpec, currency: &str) -> [String; COLUMNS.len()] {
        let Self { opened, booked, closed } = self;
        let price = |price: Price| price.with_digits(spec.digits);
        let end = |field: &dyn Fn(&TradeClosed) -> String| closed.map_or_else(String::new, field);
        let money = |amount: Money| amount.with_digits(currency_digits(currency));
        [
            number,
            opened.position.to_string(),
            text::sentence(&spec.name).into_owned(),
            text::sentence(opened.owner.name()).into_owned(),
            opened.side.name().to_owned(),
            opened.volume.with_digits(2),
            opened.time_msc.0.to_string(),
            price(opened.price),
            opened.sl.map_or_else(String::new, price),
            opened.tp.map_or_else(String::new, price),
            end(&|closed| closed.close_time_msc.0.to_string()),
            end(&|closed| price(closed.close_price)),
            closed.map_or("open", |closed| closed.reason.name()).to_owned(),
            money(booked.profit),
            money(booked.commission),
            money(booked.swap),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::deal::DealEntry;
    use crate::domain::id::{Magic, SymbolId, Ticket};
    use crate::domain::order::{Reason, Side};
    use crate::domain::symbols_builtin::builtin;
    use crate::domain::time::ServerMsc;
    use crate::executor::action::{CloseReason, TradeChanged};

    #[test]
    fn closed_trades_come_first_then_what_is_open() {
        let mut list = TradeList::new(&["EURUSD".to_owned()]);
        let trade = TradeClosed {
            position: Ticket(2),
            owner: crate::executor::action::Owner::Strategy("a,b".into()),
            symbol: SymbolId(0),
            side: Side::Buy,
            volume: "0.1".parse().unwrap(),
            open_time_msc: ServerMsc(1_758_499_260_000),
            open_price: "1.1742".parse().unwrap(),
            sl: Some("1.1732".parse().unwrap()),
            tp: None,
            close_time_msc: ServerMsc(1_758_499_320_500),
            close_price: "1.1732".parse().unwrap(),
            reason: CloseReason::Sl,
            profit: "-10".parse().unwrap(),
            commission: "-0.7".parse().unwrap(),
            swap: Money::ZERO,
        };
        list.report(&Report::Closed(trade.clone()));
        let opened = |position, volume: &str| TradeOpened {
            position,
            owner: trade.owner.clone(),
            symbol: SymbolId(0),
            side: Side::Sell,
            volume: volume.parse().unwrap(),
            time_msc: ServerMsc(1_758_499_330_000),
            price: "1.18".parse().unwrap(),
            sl: None,
            tp: Some("1.17".parse().unwrap()),
            asked: None,
        };
        list.report(&Report::Opened(opened(Ticket(5), "0.3")));
        list.report(&Report::Opened(opened(Ticket(7), "0.2")));
        let TradeOpened { position, owner, tp, .. } = opened(Ticket(7), "0.2");
        let (volume, sl) = ("0.05".parse().unwrap(), Some("1.19".parse().unwrap()));
        list.report(&Report::Changed(TradeChanged { position, owner, volume, sl, tp }));
        list.report(&Report::Closed(TradeClosed { position: Ticket(5), ..trade.clone() }));
        let deal = |ticket, profit: &str, commission: &str, swap: &str| Deal {
            ticket: Ticket(ticket),
            order: Ticket(ticket),
            position: Ticket(7),
            symbol: SymbolId(0),
            time_msc: ServerMsc(1_758_499_340_000),
            kind: DealKind::Trade(Side::Buy),
            entry: DealEntry::Out,
            reason: Reason::Expert,
            volume: "0.15".parse().unwrap(),
            price: "1.17".parse().unwrap(),
            profit: profit.parse().unwrap(),
            commission: commission.parse().unwrap(),
            swap: swap.parse().unwrap(),
            magic: Magic(1),
            comment: String::new(),
        };
        // What was closed of it in part, told twice.
        list.deal(&deal(8, "0", "-0.20", "0"));
        list.deal(&deal(9, "4.50", "-0.15", "-0.02"));
        list.deal(&deal(9, "4.50", "-0.15", "-0.02"));
        let text = list.write(Vec::new(), &[builtin("EURUSD").unwrap()], "USD").unwrap();
        let expect = "order,position,symbol,strategy,side,volume,open_time_msc,open_price,sl,tp,close_time_msc,close_price,reason,profit,commission,swap\n\
                      ,2,EURUSD,\"a,b\",buy,0.10,1758499260000,1.17420,1.17320,,1758499320500,1.17320,sl,-10.00,-0.70,0.00\n\
                      ,5,EURUSD,\"a,b\",buy,0.10,1758499260000,1.17420,1.17320,,1758499320500,1.17320,sl,-10.00,-0.70,0.00\n\
                      ,7,EURUSD,\"a,b\",sell,0.05,1758499330000,1.18000,1.19000,1.17000,,,open,4.50,-0.35,-0.02\n";
        assert_eq!(String::from_utf8(text).unwrap(), expect);
    }
}
