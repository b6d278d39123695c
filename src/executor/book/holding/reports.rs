//! What is reported of a position: its opening once, each change, its end.

use super::Holding;
use crate::executor::action::{CloseReason, Report, TradeChanged, TradeClosed, TradeOpened};

impl Holding {
    /// The last reports about it: its opening, unless that was reported already, and its end.
    pub fn last_reports(mut self) -> Vec<Report> {
        let opened = self.report_open();
        opened.into_iter().chain([self.report_close()]).collect()
    }

    /// Its opening, to be reported once, as soon as deals or statements tell of it.
    pub fn report_open(&mut self) -> Option<Report> {
        if !self.is_unreported() {
            return None;
        }
        self.reported_open = true;
        Some(Report::Opened(TradeOpened {
            position: self.ticket,
            owner: self.claim.owner.clone(),
            symbol: self.symbol,
            side: self.side,
            volume: self.opened(),
            time_msc: self.time_msc,
            price: self.price_open,
            sl: self.stops.0,
            tp: self.stops.1,
            asked: self.claim.asked,
        }))
    }

    /// The report of its present volume and stops.
    pub fn report_change(&self) -> Report {
        Report::Changed(TradeChanged {
            position: self.ticket,
            owner: self.claim.owner.clone(),
            volume: self.open_volume(),
            sl: self.stops.0,
            tp: self.stops.1,
        })
    }

    /// The report of its end.
    ///
    /// # Panics
    /// If no deal has closed it.
    fn report_close(&self) -> Report {
        let (close_time_msc, close_price, reason) =
            self.last_out.expect("what is settled was closed by a deal");
        Report::Closed(TradeClosed {
            position: self.ticket,
            owner: self.claim.owner.clone(),
            symbol: self.symbol,
            side: self.side,
            volume: self.opened(),
            open_time_msc: self.time_msc,
            open_price: self.price_open,
            sl: self.stops.0,
            tp: self.stops.1,
            close_time_msc,
            close_price,
            reason: CloseReason::of(reason, self.exit_why),
            profit: self.profit,
            commission: self.commission,
            swap: self.swap,
        })
    }
}
