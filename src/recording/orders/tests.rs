use super::*;
use crate::domain::amount::{Money, Points, Volume};
use crate::domain::id::{CommandId, IntentKey, Magic};
use crate::domain::order::{FillingMode, Side};
use crate::domain::retcode::Retcode;
use crate::domain::time::ServerMsc;
use crate::executor::action::{
    Alert, CloseRequest, CommandResult, ModifyRequest, OpenRequest, RequestReason, ResultCode,
    ResultData, ResultStatus, Severity,
};
use crate::executor::event::ServerAnswer;

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn lots() -> Volume {
    "0.1".parse().unwrap()
}

fn trade(cid: u64, why: RequestReason, request: Request) -> Action {
    let (key, owner, magic, not_after) = (
        IntentKey([0; 16]),
        crate::executor::action::Owner::Strategy("alpha".into()),
        Magic(1),
        Timestamp::default(),
    );
    Action::Trade(Box::new(Trade { cid: Cid(cid), key, owner, magic, why, request, not_after }))
}

fn buy() -> Request {
    Request::Open(OpenRequest {
        symbol: SymbolId(0),
        side: Side::Buy,
        volume: lots(),
        price: price("1.17403"),
        deviation: Points(20),
        sl: Some(price("1.172")),
        tp: None,
        filling: FillingMode::Fok,
    })
}

fn close(position: u64) -> Request {
    Request::Close(CloseRequest {
        symbol: SymbolId(0),
        position: Ticket(position),
        side: Side::Sell,
        volume: lots(),
        price: price("1.1745"),
        deviation: Points(20),
        filling: FillingMode::Fok,
    })
}

fn answer(cid: u64, retcode: Retcode, order: Option<u64>, at: &str) -> Event {
    let outcome = Outcome::Server(ServerAnswer {
        retcode,
        order: order.map(Ticket),
        deal: None,
        volume: lots(),
        price: price(at),
        bid: Price::ZERO,
        ask: Price::ZERO,
    });
    Event::Broker(BrokerEvent::Answer(Box::new(Answer { cid: Cid(cid), outcome })))
}

fn stopped_out(position: u64) -> Action {
    Action::Report(Box::new(Report::Closed(TradeClosed {
        position: Ticket(position),
        owner: crate::executor::action::Owner::Strategy("alpha".into()),
        symbol: SymbolId(0),
        side: Side::Buy,
        volume: lots(),
        open_time_msc: ServerMsc(0),
        open_price: price("1.17405"),
        sl: Some(price("1.172")),
        tp: None,
        close_time_msc: ServerMsc(1),
        close_price: price("1.17198"),
        reason: crate::executor::action::CloseReason::Sl,
        profit: Money::ZERO,
        commission: Money::ZERO,
        swap: Money::ZERO,
    })))
}

fn unknown(cid: u64) -> Action {
    Action::Report(Box::new(Report::Alert(Alert {
        strategy: Some("alpha".into()),
        cid: Some(Cid(cid)),
        ..Alert::new(Severity::Warning, AlertCode::OutcomeUnknown)
    })))
}

#[test]
fn a_trader_can_read_the_sequence() {
    let mut log = OrderLog::new(&["EURUSD".to_owned()], ["alpha"].into_iter());
    let at = |second: u64| {
        "2025-09-22T00:05:00.161Z".parse::<Timestamp>().unwrap().plus_ms(second * 1000)
    };
    let result = Action::Result(Box::new(CommandResult {
        id: CommandId::from("c1"),
        status: ResultStatus::Executed,
        code: ResultCode::Ok,
        strategy: Some("alpha".into()),
        data: ResultData::None,
        retcode: None,
    }));
    let stops = Request::Modify(ModifyRequest {
        symbol: SymbolId(0),
        position: Ticket(901),
        sl: Some(price("1.173")),
        tp: None,
    });
    log.take(at(0), &Event::Wakeup, &[result]);
    log.take(at(1), &Event::Wakeup, &[trade(1, RequestReason::Signal, buy())]);
    log.take(at(1), &answer(1, Retcode::REQUOTE, None, "0"), &[]);
    log.take(at(2), &Event::Wakeup, &[trade(2, RequestReason::Signal, buy())]);
    // Sent before the first of the two is answered: the lines keep the order in which they left.
    log.take(at(3), &Event::Wakeup, &[trade(3, RequestReason::Signal, buy())]);
    log.take(at(4), &answer(3, Retcode::DONE, Some(950), "1.17411"), &[]);
    let mut text = log.drain();
    assert_eq!(text.lines().count(), 2, "the answered one waits for the one before it");
    log.take(at(5), &answer(2, Retcode::DONE, Some(901), "1.17405"), &[]);
    log.take(at(5), &answer(2, Retcode::DONE, Some(901), "1.17405"), &[]);
    log.take(at(6), &Event::Wakeup, &[trade(4, RequestReason::RestoreStops, stops)]);
    log.take(at(6), &answer(4, Retcode::DONE, None, "0"), &[]);
    log.take(at(7), &Event::Wakeup, &[trade(5, RequestReason::OppositeSignal, close(901))]);
    log.take(at(37), &Event::Wakeup, &[unknown(5)]);
    log.take(at(38), &answer(5, Retcode::DONE, Some(977), "1.17449"), &[]);
    log.take(at(39), &Event::Wakeup, &[stopped_out(950)]);
    log.take(at(40), &Event::Wakeup, &[trade(6, RequestReason::Signal, buy())]);
    text.push_str(&log.finish());
    insta::assert_snapshot!(text);
}

/// A position that was opened by a request without an answer has a number, as every other one.
#[test]
fn what_no_answer_named_has_a_line_of_its_own() {
    let opened = |position: u64| {
        Action::Report(Box::new(Report::Opened(TradeOpened {
            position: Ticket(position),
            owner: crate::executor::action::Owner::Strategy("alpha".into()),
            symbol: SymbolId(0),
            side: Side::Buy,
            volume: lots(),
            time_msc: ServerMsc(1),
            price: price("1.17405"),
            sl: None,
            tp: None,
            asked: None,
        })))
    };
    let mut log = OrderLog::new(&["EURUSD".to_owned()], ["alpha"].into_iter());
    let at =
        |second: u64| "2025-09-22T00:05:00Z".parse::<Timestamp>().unwrap().plus_ms(second * 1000);
    log.take(at(1), &Event::Wakeup, &[trade(1, RequestReason::Signal, buy())]);
    // Its answer may still come.
    log.take(at(1), &Event::Wakeup, &[opened(901)]);
    assert_eq!(log.number_of(Ticket(901)), None);
    log.take(at(2), &answer(1, Retcode::DONE, Some(901), "1.17405"), &[]);
    assert_eq!(log.number_of(Ticket(901)), Some(1));
    log.take(at(3), &Event::Wakeup, &[trade(2, RequestReason::Signal, buy())]);
    log.take(at(33), &Event::Wakeup, &[unknown(2)]);
    let before = log.drain();
    log.take(at(60), &Event::Wakeup, &[opened(950)]);
    // Told again, it is the same.
    log.take(at(61), &Event::Wakeup, &[opened(950)]);
    assert_eq!(
        log.drain(),
        "2025-09-22 00:06:00.000Z  -- alpha has #2 open: buy 0.10, which no answer named\n",
        "{before}"
    );
    assert_eq!(log.number_of(Ticket(950)), Some(2));
}
