"""A stand-in for the ``MetaTrader5`` module, with a terminal that can misbehave.

Names, argument conventions, types and orders of fields are those of the real module (MT5 reference
1.2 to 1.5): ``contract.py`` holds both to them. A test imports it as the module and changes
``terminal``; as a child's module it is set up by the environment: ``FAKE_MT5_HANG`` makes
``initialize`` hang.
"""

from __future__ import annotations

import functools
import os
import threading
from collections import deque, namedtuple
from typing import Any, Callable, Deque, Dict, List, Optional, Set, Tuple

from fake_arguments import (
    FLOATS,
    NO_CONNECTION,
    RES_E_FAIL,
    RES_E_INTERNAL_FAIL_CONNECT,
    RES_E_INTERNAL_FAIL_INIT,
    RES_E_INVALID_PARAMS,
    RES_E_INVALID_VERSION,
    RES_E_NOT_FOUND,
    RES_S_OK,
    SUCCESS,
    TRADE_REQUEST,
    VERSIONS,
    Error,
    Unfit,
    fit_initialize,
    fit_int32,
    fit_request,
    fit_span,
    fit_symbol,
    fit_time,
    taken_time,
)

COPY_TICKS_ALL = -1
TRADE_RETCODE_DONE = 10009
TRADE_RETCODE_CLIENT_DISABLES_AT = 10027

TradeRequest = namedtuple("TradeRequest", TRADE_REQUEST)  # type: ignore[misc]
OrderSendResult = namedtuple(
    "OrderSendResult",
    "retcode deal order volume price bid ask comment request_id retcode_external request",
)
OrderCheckResult = namedtuple(
    "OrderCheckResult",
    "retcode balance equity profit margin margin_free margin_level comment request",
)
TradePosition = namedtuple(
    "TradePosition",
    "ticket time time_msc time_update time_update_msc type magic identifier reason volume "
    "price_open sl tp price_current swap profit symbol comment external_id",
)
TradeOrder = namedtuple(
    "TradeOrder",
    "ticket time_setup time_setup_msc time_done time_done_msc time_expiration type type_time "
    "type_filling state magic position_id position_by_id reason volume_initial volume_current "
    "price_open sl tp price_current price_stoplimit symbol comment external_id",
)
TradeDeal = namedtuple(
    "TradeDeal",
    "ticket order time time_msc type entry magic position_id reason volume price commission swap "
    "profit fee symbol comment external_id",
)
Tick = namedtuple("Tick", "time bid ask last volume time_msc flags volume_real")
AccountInfo = namedtuple(
    "AccountInfo",
    "login trade_mode leverage limit_orders margin_so_mode trade_allowed trade_expert margin_mode "
    "currency_digits fifo_close balance credit profit equity margin margin_free margin_level "
    "margin_so_call margin_so_so margin_initial margin_maintenance assets liabilities "
    "commission_blocked name server currency company",
)
TerminalInfo = namedtuple(
    "TerminalInfo",
    "community_account community_connection connected dlls_allowed trade_allowed tradeapi_disabled "
    "email_enabled ftp_enabled notifications_enabled mqid build maxbars codepage ping_last "
    "community_balance retransmission company name language path data_path commondata_path",
)
SYMBOL_INTS = (
    "custom chart_mode select visible session_deals session_buy_orders session_sell_orders volume "
    "volumehigh volumelow time digits spread spread_float ticks_bookdepth trade_calc_mode "
    "trade_mode start_time expiration_time trade_stops_level trade_freeze_level trade_exemode "
    "swap_mode swap_rollover3days margin_hedged_use_leg expiration_mode filling_mode order_mode "
    "order_gtc_mode option_mode option_right"
)
SYMBOL_FLOATS = (
    "bid bidhigh bidlow ask askhigh asklow last lasthigh lastlow volume_real volumehigh_real "
    "volumelow_real option_strike point trade_tick_value trade_tick_value_profit "
    "trade_tick_value_loss trade_tick_size trade_contract_size trade_accrued_interest "
    "trade_face_value trade_liquidity_rate volume_min volume_max volume_step volume_limit "
    "swap_long swap_short margin_initial margin_maintenance session_volume session_turnover "
    "session_interest session_buy_orders_volume session_sell_orders_volume session_open "
    "session_close session_aw session_price_settlement session_price_limit_min "
    "session_price_limit_max margin_hedged price_change price_volatility price_theoretical "
    "price_greeks_delta price_greeks_theta price_greeks_gamma price_greeks_vega price_greeks_rho "
    "price_greeks_omega price_sensitivity"
)
SYMBOL_TEXTS = (
    "basis category currency_base currency_profit currency_margin bank description exchange "
    "formula isin name page path"
)
SymbolInfo = namedtuple(  # type: ignore[misc]
    "SymbolInfo", f"{SYMBOL_INTS} {SYMBOL_FLOATS} {SYMBOL_TEXTS}"
)

START_S = 1_700_000_000


def defaults(kind: Any, ints: str, texts: str, **given: Any) -> Any:
    """A row with zeros and empty texts where nothing is given."""
    whole, written = ints.split(), texts.split()
    values = {
        name: given.get(name, "" if name in written else 0 if name in whole else 0.0)
        for name in kind._fields
    }
    unknown = set(given) - set(values)
    assert not unknown, unknown
    return kind(**values)


def eurusd(name: str = "EURUSD", **given: Any) -> Any:
    usual = {
        "name": name, "digits": 5, "point": 0.00001, "trade_tick_size": 0.00001,
        "trade_tick_value": 1.0, "trade_tick_value_profit": 1.0, "trade_tick_value_loss": 1.0,
        "trade_contract_size": 100000.0, "trade_mode": 4, "trade_exemode": 2, "filling_mode": 3,
        "order_mode": 127, "expiration_mode": 15, "volume_min": 0.01, "volume_max": 100.0,
        "volume_step": 0.01, "currency_base": "EUR", "currency_profit": "USD",
        "currency_margin": "EUR", "spread_float": True, "margin_hedged_use_leg": False,
        "description": "Euro vs US Dollar", "path": "Forex\\EURUSD",
    }  # fmt: skip
    return defaults(SymbolInfo, SYMBOL_INTS, SYMBOL_TEXTS, **{**usual, **given})


def tick(time_msc: int, bid: float = 1.1, **given: Any) -> Dict[str, Any]:
    """A row of ``copy_ticks``, indexable by its fields."""
    return {
        "time": time_msc // 1000, "bid": bid, "ask": bid + 0.0001, "last": 0.0, "volume": 0,
        "time_msc": time_msc, "flags": 6, "volume_real": 0.0, **given,
    }  # fmt: skip


def rate(time_s: int, close: float = 1.1) -> Dict[str, Any]:
    return {
        "time": time_s, "open": close, "high": close, "low": close, "close": close,
        "tick_volume": 10, "spread": 1, "real_volume": 0,
    }  # fmt: skip


def position(ticket: int, **given: Any) -> Any:
    usual = {
        "ticket": ticket, "time": START_S, "time_msc": START_S * 1000, "identifier": ticket,
        "volume": 0.1, "price_open": 1.1, "symbol": "EURUSD",
    }  # fmt: skip
    ints = "time_update time_update_msc type magic reason"
    texts = "symbol comment external_id"
    return defaults(TradePosition, ints, texts, **{**usual, **given})


def order(ticket: int, **given: Any) -> Any:
    usual = {
        "ticket": ticket, "time_setup": START_S, "time_setup_msc": START_S * 1000,
        "time_done": START_S, "time_done_msc": START_S * 1000, "volume_initial": 0.1,
        "symbol": "EURUSD",
    }  # fmt: skip
    ints = (
        "time_expiration type type_time type_filling state magic position_id position_by_id reason"
    )
    return defaults(TradeOrder, ints, "symbol comment external_id", **{**usual, **given})


def deal(ticket: int, **given: Any) -> Any:
    usual = {
        "ticket": ticket, "order": ticket, "time": START_S, "time_msc": START_S * 1000,
        "volume": 0.1, "price": 1.1, "symbol": "EURUSD",
    }  # fmt: skip
    ints = "type entry magic position_id reason"
    return defaults(TradeDeal, ints, "symbol comment external_id", **{**usual, **given})


class Terminal:
    """What the terminal holds, and how it misbehaves."""

    def __init__(self) -> None:
        self.running = True
        self.initialized = False
        self.connected = True
        self.login, self.server = 1001, "Broker-Demo"
        self.data_path = ""
        self.trade_allowed = True
        self.tradeapi_disabled = False
        self.margin, self.balance = 0.0, 10_000.0
        self.symbols = {"EURUSD": eurusd()}
        self.selected: Set[str] = set()
        self.ticks: Dict[str, List[Dict[str, Any]]] = {}
        self.rates: List[Dict[str, Any]] = [rate(START_S + 60 * at) for at in range(10)]
        self.positions: Dict[int, Any] = {}
        self.orders: Dict[int, Any] = {}
        self.history: Dict[int, Any] = {}
        self.deals: Dict[int, Any] = {}
        self.error: Error = (0, "")
        self.next_ticket = 100
        #: Every call: the name, the positional and the keyword arguments.
        self.calls: List[Tuple[str, Tuple[Any, ...], Dict[str, Any]]] = []
        #: Requests that were executed.
        self.executed: List[Dict[str, Any]] = []
        #: By function: these errors come before it works again; the call gives no data.
        self.fails: Dict[str, Deque[Error]] = {}
        #: By function: data come, with this status.
        self.status: Dict[str, Error] = {}
        #: By function: the next answers.
        self.answers: Dict[str, Deque[Any]] = {}
        #: By function: run before its answer is made.
        self.before: Dict[str, Callable[[], None]] = {}
        #: Raised by ``order_send``, after it has executed the request.
        self.raises: Optional[Exception] = None
        #: ``order_send`` executes the request and gives None with this error.
        self.lost_answer: Optional[Error] = None
        self.retcode = TRADE_RETCODE_DONE
        #: The result has an order and no deal, and these deals are visible when they are let go.
        self.hold_deals = False
        self.held: List[Any] = []
        #: How many characters the broker keeps of a comment.
        self.comment_max: Optional[int] = None
        #: How many of the newest ticks ``copy_ticks_from`` does not have yet.
        self.lag = 0
        #: ``copy_ticks_from`` gives rows before ``from`` too.
        self.early_rows = False
        #: ``initialize`` waits for it.
        self.hang: Optional[threading.Event] = None

    def fail(self, name: str, code: int, text: str = "failed", times: int = 1) -> None:
        self.fails.setdefault(name, deque()).extend([(code, text)] * times)

    def answer(self, name: str, *answers: Any) -> None:
        self.answers.setdefault(name, deque()).extend(answers)

    def add_ticks(self, symbol: str, *rows: Dict[str, Any]) -> None:
        self.ticks.setdefault(symbol, []).extend(rows)

    def quit(self) -> None:
        self.running = False
        self.initialized = False

    def release_deals(self) -> None:
        for one in self.held:
            self.deals[one.ticket] = one
        self.held.clear()

    def call(
        self,
        name: str,
        make: Callable[[], Any],
        *args: Any,
        fit: Callable[[], None] = lambda: None,
    ) -> Any:
        """Does what every function of the module does: fail, or answer and set the status."""
        self.calls.append((name, args, {}))
        if name in self.before:
            self.before[name]()
        if not self.fits(fit):
            return None
        if not self.initialized:
            return self.give_up(VERSIONS if name == "symbols_get" else NO_CONNECTION)
        if self.fails.get(name):
            return self.give_up(self.fails[name].popleft())
        self.error = SUCCESS
        if self.answers.get(name):
            return self.answers[name].popleft()
        answer = make()
        if name in self.status:
            self.error = self.status[name]
        return answer

    def fits(self, fit: Callable[[], None]) -> bool:
        try:
            fit()
        except Unfit as unfit:
            self.error = unfit.error
            if unfit.raises:
                raise SystemError("returned a result with an exception set") from None
            return False
        return True

    def give_up(self, error: Error) -> None:
        self.error = error


terminal = Terminal()
if os.environ.get("FAKE_MT5_HANG"):
    terminal.hang = threading.Event()


def initialize(*unnamed: Any, **named: Any) -> bool:
    terminal.calls.append(("initialize", unnamed, named))
    if terminal.hang is not None:
        terminal.hang.wait()
    if not terminal.fits(lambda: fit_initialize(unnamed, named)):
        return False
    if terminal.fails.get("initialize"):
        terminal.error = terminal.fails["initialize"].popleft()
        return False
    if not terminal.running:
        cause = f"Process create failed '{unnamed[0]}'" if unnamed else "MetaTrader 5 x64 not found"
        terminal.error = (RES_E_INTERNAL_FAIL_INIT, f"IPC initialize failed, {cause}")
        return False
    print("a library that prints")
    terminal.initialized = True
    terminal.error = SUCCESS
    return True


def shutdown() -> bool:
    terminal.calls.append(("shutdown", (), {}))
    terminal.initialized = False
    terminal.error = SUCCESS
    return True


def last_error() -> Error:
    """The real one takes for UTF-8 what Windows has written in its code page."""
    code, text = terminal.error
    return code, text.encode("cp1252").decode("utf-8")


def terminal_info() -> Any:
    def make() -> Any:
        ints = (
            "community_account community_connection dlls_allowed email_enabled ftp_enabled "
            "notifications_enabled mqid maxbars codepage"
        )
        texts = "company name language path data_path commondata_path"
        return defaults(
            TerminalInfo,
            ints,
            texts,
            connected=terminal.connected,
            trade_allowed=terminal.trade_allowed,
            tradeapi_disabled=terminal.tradeapi_disabled,
            build=5833,
            data_path=terminal.data_path,
            ping_last=21_500,
        )

    return terminal.call("terminal_info", make)


def account_info() -> Any:
    def make() -> Any:
        return defaults(
            AccountInfo,
            "limit_orders margin_so_mode fifo_close",
            "name",
            login=terminal.login,
            trade_mode=0,
            leverage=100,
            trade_allowed=True,
            trade_expert=True,
            margin_mode=2,
            currency_digits=2,
            balance=terminal.balance,
            equity=terminal.balance,
            margin=terminal.margin,
            margin_so_call=50.0,
            margin_so_so=20.0,
            server=terminal.server,
            currency="USD",
            company="Broker Ltd",
        )

    return terminal.call("account_info", make)


def symbols_get() -> Any:
    return terminal.call("symbols_get", lambda: tuple(terminal.symbols.values()))


def symbol_select(symbol: str, enable: bool = True, /) -> bool:
    def make() -> bool:
        if symbol not in terminal.symbols:
            terminal.give_up((RES_E_FAIL, "Terminal: Call failed"))
            return False
        terminal.selected.add(symbol)
        return True

    fit = functools.partial(fit_symbol, symbol)
    return terminal.call("symbol_select", make, symbol, enable, fit=fit) or False


def symbol_info(symbol: str, /) -> Any:
    fit = functools.partial(fit_symbol, symbol)
    return terminal.call("symbol_info", lambda: terminal.symbols.get(symbol), symbol, fit=fit)


def symbol_info_tick(symbol: str, /) -> Any:
    def make() -> Any:
        if symbol not in terminal.selected:
            return terminal.give_up((RES_E_NOT_FOUND, "Terminal: Not found"))
        rows = terminal.ticks.get(symbol)
        return Tick(**rows[-1]) if rows else Tick(0, 0.0, 0.0, 0.0, 0, 0, 0, 0.0)

    fit = functools.partial(fit_symbol, symbol)
    return terminal.call("symbol_info_tick", make, symbol, fit=fit)


def copy_ticks_from(symbol: str, date_from: float, count: int, flags: int, /) -> Any:
    def make() -> Any:
        rows = terminal.ticks.get(symbol, [])
        if terminal.lag:
            rows = rows[: -terminal.lag]
        if not terminal.early_rows:
            rows = [row for row in rows if row["time_msc"] >= taken_time(date_from) * 1000]
        return list(rows[:count])

    def fit() -> None:
        fit_symbol(symbol)
        fit_int32(count)
        fit_int32(flags)
        fit_time(date_from)

    return terminal.call("copy_ticks_from", make, symbol, date_from, count, flags, fit=fit)


def copy_rates_from_pos(symbol: str, timeframe: int, start_pos: int, count: int, /) -> Any:
    def make() -> Any:
        if symbol not in terminal.selected:
            return terminal.give_up((RES_E_NOT_FOUND, "Terminal: Not found"))
        end = len(terminal.rates) - start_pos
        return terminal.rates[max(0, end - count) : end]

    def fit() -> None:
        fit_symbol(symbol)
        for value in (timeframe, start_pos, count):
            fit_int32(value)

    return terminal.call("copy_rates_from_pos", make, symbol, timeframe, start_pos, count, fit=fit)


def orders_get() -> Any:
    return terminal.call("orders_get", lambda: tuple(terminal.orders.values()))


def positions_get() -> Any:
    return terminal.call("positions_get", lambda: tuple(terminal.positions.values()))


def history_orders_get(date_from: float, date_to: float, /) -> Any:
    def make() -> Any:
        rows = terminal.history.values()
        start, end = taken_time(date_from), taken_time(date_to)
        return tuple(one for one in rows if start <= one.time_done <= end)

    fit = functools.partial(fit_span, date_from, date_to)
    return terminal.call("history_orders_get", make, date_from, date_to, fit=fit)


def history_deals_get(date_from: float, date_to: float, /) -> Any:
    def make() -> Any:
        start, end = taken_time(date_from), taken_time(date_to)
        return tuple(one for one in terminal.deals.values() if start <= one.time <= end)

    fit = functools.partial(fit_span, date_from, date_to)
    return terminal.call("history_deals_get", make, date_from, date_to, fit=fit)


def told(request: Dict[str, Any]) -> Any:
    values: Dict[str, Any] = {name: 0 for name in TRADE_REQUEST.split()}
    values.update({name: 0.0 for name in FLOATS})
    values.update({"symbol": "", "comment": ""})
    return TradeRequest(**{**values, **request})


def order_check(request: Dict[str, Any], /) -> Any:
    def make() -> Any:
        return OrderCheckResult(0, 1e4, 1e4, 0.0, 110.0, 9890.0, 9090.9, "Done", told(request))

    return terminal.call("order_check", make, request, fit=lambda: fit_request(request))


def order_send(request: Dict[str, Any], /) -> Any:
    def make() -> Any:
        if not terminal.trade_allowed:
            retcode = TRADE_RETCODE_CLIENT_DISABLES_AT
            return result(request, retcode, 0, 0, "AutoTrading disabled by client")
        return execute(request)

    return terminal.call("order_send", make, request, fit=lambda: fit_request(request))


def execute(request: Dict[str, Any]) -> Any:
    terminal.executed.append(request)
    terminal.next_ticket += 1
    ticket = terminal.next_ticket
    comment = request.get("comment", "")[: terminal.comment_max]
    kept = {"symbol": request["symbol"], "magic": request.get("magic", 0), "comment": comment}
    stops = {name: request.get(name, 0.0) for name in ("sl", "tp")}
    terminal.positions[ticket] = position(ticket, volume=request["volume"], **stops, **kept)
    terminal.history[ticket] = order(ticket, state=4, position_id=ticket, **kept)
    terminal.held.append(deal(ticket, position_id=ticket, **kept))
    if not terminal.hold_deals:
        terminal.release_deals()
    if terminal.raises is not None:
        raise terminal.raises
    if terminal.lost_answer is not None:
        return terminal.give_up(terminal.lost_answer)
    seen = 0 if terminal.hold_deals else ticket
    return result(request, terminal.retcode, ticket, seen, "Request executed")


def result(request: Dict[str, Any], retcode: int, order: int, deal: int, comment: str) -> Any:
    volume = request["volume"] if order else 0.0
    return OrderSendResult(
        retcode, deal, order, volume, 1.1, 1.1, 1.1001, comment, 1, 0, told(request)
    )
