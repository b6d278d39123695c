//! The field numbers of every action (session 4). A number once given keeps its meaning for good; a new field takes a
//! new one. Notes and texts made for people have none, so they cannot reach the hash.
//!
//! A step is `1 input_seq, 2 at (ns), 3 action…`; an action is a group with one group inside: `1 trade, 2 data,
//! 3 result, 4 report`. Words of a closed list are numbered from 1. Patterns name every field, so that a new one does
//! not compile until it has its number.

use crate::domain::order::{FillingMode, Side};
use crate::domain::time::Timestamp;
use crate::executor::action::{
    Action, Alert, AlertCode, CloseReason, CloseRequest, CommandResult, DataRequest, EffectiveSettings, ModifyRequest, OpenRequest, Report,
    Request, ResultCode, ResultData, ResultStatus, Severity, StatusData, StrategyState, Trade, TradeChanged, TradeClosed, TradeOpened, Why,
};
use crate::market::timeframe::Timeframe;
use crate::recording::encode::Encoder;

/// Writes one step.
pub fn step(out: &mut Encoder, input_seq: u64, at: Timestamp, actions: &[Action]) {
    out.number(1, input_seq);
    out.signed(2, at.nanos());
    for one in actions.iter().filter(|action| !matches!(action, Action::Note(_))) {
        out.group(3, |out| action(out, one));
    }
    out.end();
}

fn action(out: &mut Encoder, action: &Action) {
    match action {
        Action::Trade(one) => out.group(1, |out| trade(out, one)),
        Action::Data(one) => out.group(2, |out| data(out, one)),
        Action::Result(one) => out.group(3, |out| result(out, one)),
        Action::Report(one) => out.group(4, |out| report(out, one)),
        Action::Note(_) => {}
    }
}

fn trade(out: &mut Encoder, trade: &Trade) {
    let Trade { cid, key, strategy, magic, why, request, not_after } = trade;
    out.number(1, cid.0);
    out.blob(2, &key.0);
    out.blob(3, strategy.as_str().as_bytes());
    out.number(4, magic.0);
    out.number(5, why_number(*why));
    match request {
        Request::Open(one) => out.group(6, |out| open(out, one)),
        Request::Close(one) => out.group(7, |out| close(out, one)),
        Request::Modify(one) => out.group(8, |out| modify(out, one)),
    }
    out.signed(9, not_after.nanos());
}

fn open(out: &mut Encoder, request: &OpenRequest) {
    let OpenRequest { symbol, side, volume, price, deviation, sl, tp, filling } = request;
    out.number(1, u64::from(symbol.0));
    out.number(2, side_number(*side));
    out.signed(3, volume.raw());
    out.signed(4, price.raw());
    out.signed(5, deviation.0);
    out.optional_signed(6, sl.map(super::super::domain::amount::Price::raw));
    out.optional_signed(7, tp.map(super::super::domain::amount::Price::raw));
    out.number(8, filling_number(*filling));
}

fn close(out: &mut Encoder, request: &CloseRequest) {
    let CloseRequest { symbol, position, side, volume, price, deviation, filling } = request;
    out.number(1, u64::from(symbol.0));
    out.number(2, side_number(*side));
    out.signed(3, volume.raw());
    out.signed(4, price.raw());
    out.signed(5, deviation.0);
    out.number(8, filling_number(*filling));
    out.number(9, position.0);
}

fn modify(out: &mut Encoder, request: &ModifyRequest) {
    let ModifyRequest { symbol, position, sl, tp } = request;
    out.number(1, u64::from(symbol.0));
    out.optional_signed(6, sl.map(super::super::domain::amount::Price::raw));
    out.optional_signed(7, tp.map(super::super::domain::amount::Price::raw));
    out.number(9, position.0);
}

fn data(out: &mut Encoder, request: &DataRequest) {
    match request {
        DataRequest::Bars { symbol, timeframe, count } => out.group(1, |out| {
            out.number(1, u64::from(symbol.0));
            out.number(2, timeframe_number(*timeframe));
            out.number(3, u64::from(*count));
        }),
        DataRequest::Snapshot { history_since_msc } => out.group(2, |out| out.signed(1, history_since_msc.0)),
    }
}

fn result(out: &mut Encoder, result: &CommandResult) {
    let CommandResult { id, status, code, strategy, data } = result;
    out.blob(1, id.as_str().as_bytes());
    out.number(2, status_number(*status));
    out.number(3, code_number(*code));
    out.optional_blob(4, strategy.as_ref().map(|id| id.as_str().as_bytes()));
    match data {
        ResultData::None => {}
        ResultData::Effective(one) => out.group(5, |out| effective(out, one)),
        ResultData::Stopped { closed, remaining } => out.group(6, |out| {
            for ticket in closed {
                out.optional(1, Some(ticket.0));
            }
            for ticket in remaining {
                out.optional(2, Some(ticket.0));
            }
        }),
        ResultData::Updated { from_bar_msc, effective: settings } => out.group(7, |out| {
            out.optional_signed(1, from_bar_msc.map(|time| time.0));
            out.group(2, |out| effective(out, settings));
        }),
        ResultData::Field { path, reason: _ } => out.group(8, |out| out.blob(1, path.as_bytes())),
        ResultData::Status(one) => out.group(9, |out| standing(out, one)),
    }
}

fn effective(out: &mut Encoder, settings: &EffectiveSettings) {
    let EffectiveSettings { lots, max_open_trades, warmup_bars, magic } = settings;
    out.signed(1, lots.raw());
    out.number(2, u64::from(*max_open_trades));
    out.number(3, u64::from(*warmup_bars));
    out.number(4, magic.0);
}

fn standing(out: &mut Encoder, status: &StatusData) {
    let StatusData { balance, positions, unknown, strategies } = status;
    out.optional_signed(1, balance.map(super::super::domain::amount::Money::raw));
    out.number(2, u64::from(*positions));
    out.number(3, u64::from(*unknown));
    for (strategy, state) in strategies {
        out.group(4, |out| {
            out.blob(1, strategy.as_str().as_bytes());
            out.number(2, state_number(*state));
        });
    }
}

fn report(out: &mut Encoder, report: &Report) {
    match report {
        Report::Opened(one) => out.group(1, |out| opened(out, one)),
        Report::Changed(one) => out.group(2, |out| changed(out, one)),
        Report::Closed(one) => out.group(3, |out| closed(out, one)),
        Report::Alert(one) => out.group(4, |out| alert(out, one)),
    }
}

fn opened(out: &mut Encoder, report: &TradeOpened) {
    let TradeOpened { position, strategy, symbol, side, volume, time_msc, price, sl, tp, asked } = report;
    out.number(1, position.0);
    out.blob(2, strategy.as_str().as_bytes());
    out.number(3, u64::from(symbol.0));
    out.number(4, side_number(*side));
    out.signed(5, volume.raw());
    out.signed(6, time_msc.0);
    out.signed(7, price.raw());
    out.optional_signed(8, sl.map(super::super::domain::amount::Price::raw));
    out.optional_signed(9, tp.map(super::super::domain::amount::Price::raw));
    out.optional_signed(10, asked.map(super::super::domain::amount::Price::raw));
}

fn changed(out: &mut Encoder, report: &TradeChanged) {
    let TradeChanged { position, strategy, volume, sl, tp } = report;
    out.number(1, position.0);
    out.blob(2, strategy.as_str().as_bytes());
    out.signed(5, volume.raw());
    out.optional_signed(8, sl.map(super::super::domain::amount::Price::raw));
    out.optional_signed(9, tp.map(super::super::domain::amount::Price::raw));
}

fn closed(out: &mut Encoder, report: &TradeClosed) {
    let TradeClosed {
        position,
        strategy,
        symbol,
        side,
        volume,
        open_time_msc,
        open_price,
        sl,
        tp,
        close_time_msc,
        close_price,
        reason,
        profit,
        commission,
        swap,
    } = report;
    out.number(1, position.0);
    out.blob(2, strategy.as_str().as_bytes());
    out.number(3, u64::from(symbol.0));
    out.number(4, side_number(*side));
    out.signed(5, volume.raw());
    out.signed(6, open_time_msc.0);
    out.signed(7, open_price.raw());
    out.optional_signed(8, sl.map(super::super::domain::amount::Price::raw));
    out.optional_signed(9, tp.map(super::super::domain::amount::Price::raw));
    out.signed(11, close_time_msc.0);
    out.signed(12, close_price.raw());
    out.number(13, reason_number(*reason));
    out.signed(14, profit.raw());
    out.signed(15, commission.raw());
    out.signed(16, swap.raw());
}

fn alert(out: &mut Encoder, alert: &Alert) {
    let Alert { severity, code, strategy, cid, position, retcode } = alert;
    out.number(1, severity_number(*severity));
    out.number(2, alert_number(*code));
    out.optional_blob(3, strategy.as_ref().map(|id| id.as_str().as_bytes()));
    out.optional(4, cid.map(|cid| cid.0));
    out.optional(5, position.map(|ticket| ticket.0));
    out.optional(6, retcode.map(|code| u64::from(code.0)));
}

/// Numbers the words of a closed list by name, so that their order in the source does not matter.
macro_rules! numbered {
    ($name:ident, $kind:ident { $($variant:ident = $number:literal),* $(,)? }) => {
        const fn $name(word: $kind) -> u64 {
            match word {
                $($kind::$variant => $number),*
            }
        }
    };
}

numbered!(side_number, Side { Buy = 1, Sell = 2 });
numbered!(filling_number, FillingMode { Fok = 1, Ioc = 2, Return = 3 });
numbered!(why_number, Why { Signal = 1, OppositeSignal = 2, StopCommand = 3, RestoreStops = 4 });
numbered!(status_number, ResultStatus { Executed = 1, Failed = 2 });
numbered!(state_number, StrategyState { Running = 1, Paused = 2, Stopping = 3 });
numbered!(severity_number, Severity { Info = 1, Warning = 2, Critical = 3 });
numbered!(reason_number, CloseReason { Sl = 1, Tp = 2, Signal = 3, StopCommand = 4, So = 5, External = 6, StopsMissing = 7 });
numbered!(
    timeframe_number,
    Timeframe { M1 = 1, M2 = 2, M3 = 3, M5 = 5, M15 = 15, M30 = 30, H1 = 60, H4 = 240, D1 = 1440, W1 = 10_080, MN1 = 43_200 }
);
numbered!(
    code_number,
    ResultCode {
        Ok = 1,
        AlreadyRunningSame = 2,
        NotRunning = 3,
        AlreadyRunning = 4,
        Stopping = 5,
        Malformed = 6,
        Unsupported = 7,
        IdReused = 8,
        Expired = 9,
        TooOld = 10,
        UnknownSymbol = 11,
        NotTradable = 12,
        BadRules = 13,
        CannotChange = 14,
        NotFlat = 15,
        NotReady = 16,
    }
);
numbered!(
    alert_number,
    AlertCode {
        MalformedCommand = 1,
        CommandIdReused = 2,
        OutcomeUnknown = 3,
        UnknownFound = 4,
        UnknownAbsent = 5,
        RequestRefused = 6,
        PartialFill = 7,
        TradingDisabled = 8,
        PositionAdopted = 9,
        StopsMissing = 10,
        NotFlat = 11,
        LinkDown = 12,
    }
);
