"""What the gateway expects of the ``MetaTrader5`` module.

``test_fake.py`` holds the stand-in to it, ``real_mt5.py`` the real module, without a terminal: what
the module says of a call then shows whether it takes the arguments.
"""

from __future__ import annotations

import json
import re
import tempfile
import unittest
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List, NamedTuple, Tuple
from unittest import mock

import fake_mt5
import tickdeck_gateway as gateway
from bench import Bench

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parents[1] / "src" / "live" / "mt5" / "protocol.ndjson"
PATH = "C:\\none\\terminal64.exe"
YEAR_2100_MSC = 4_102_444_800_000

#: The fields that the gateway reads of each type.
READ: Dict[str, Iterable[str]] = {
    "AccountInfo": {*gateway.ATTACHED, *gateway.ACCOUNT.values()},
    "TerminalInfo": (
        "connected", "trade_allowed", "tradeapi_disabled", "build", "ping_last", "data_path",
    ),
    "SymbolInfo": gateway.SYMBOL_INFO,
    "Tick": ("time_msc", "bid", "ask", "last"),
    "TradePosition": gateway.POSITION,
    "TradeOrder": gateway.ORDER,
    "TradeDeal": gateway.DEAL,
    "TradeRequest": {*gateway.REQUEST_FLOATS, *gateway.REQUEST_TEXTS, *gateway.REQUEST_INTS},
    "OrderCheckResult": gateway.CHECK_ANSWERS,
    "OrderSendResult": gateway.ORDER_ANSWERS,
}  # fmt: skip


class Call(NamedTuple):
    """A call of the module."""

    name: str
    args: Tuple[Any, ...]
    named: Dict[str, Any]


class Outcome(NamedTuple):
    """What comes of a call: its answer or its exception, and then ``last_error``."""

    answer: str
    code: int


#: What a call gives that is right, where no terminal is.
WITHOUT_TERMINAL = {
    "initialize": Outcome("False", -10003),
    "last_error": Outcome("(1, 'Success')", 1),
    "shutdown": Outcome("True", 1),
    "symbol_select": Outcome("False", -10004),
    # It looks for the version of the terminal before it looks for the terminal.
    "symbols_get": Outcome("None", -5),
}
NO_CONNECTION = Outcome("None", -10004)

RAISED = Outcome("SystemError", -2)
REFUSED = Outcome("None", -2)
NOT_DONE = Outcome("False", -2)
KEYWORD = Outcome("TypeError", 1)


def call(name: str, *args: Any, **named: Any) -> Call:
    return Call(name, args, named)


#: What the module refuses: none of it may come from the gateway.
WRONG: List[Tuple[Call, Outcome]] = [
    (call("initialize", 5), NOT_DONE),
    (call("initialize", PATH, PATH), NOT_DONE),
    (call("initialize", "x" * 258), NOT_DONE),
    (call("initialize", login="1"), NOT_DONE),
    (call("initialize", login=2**64), RAISED),
    (call("initialize", login=-1), RAISED),
    (call("initialize", password=5), NOT_DONE),
    (call("initialize", password="x" * 254), NOT_DONE),
    (call("initialize", server=5), NOT_DONE),
    (call("initialize", timeout=1.5), NOT_DONE),
    (call("initialize", timeout=2**32), RAISED),
    (call("symbol_select", 1, True), NOT_DONE),
    (call("symbol_select", "x" * 30, True), NOT_DONE),
    (call("symbol_select", symbol="EURUSD"), KEYWORD),
    (call("symbol_info", 1), REFUSED),
    (call("symbol_info", "x" * 30), REFUSED),
    (call("symbol_info_tick", 1), REFUSED),
    (call("copy_ticks_from", 1, 1.0, 1, -1), REFUSED),
    (call("copy_ticks_from", "EURUSD", "1", 1, -1), REFUSED),
    (call("copy_ticks_from", "EURUSD", 2**31, 1, -1), Outcome("SystemError", -10004)),
    (call("copy_ticks_from", "EURUSD", 1.0, 1.0, -1), RAISED),
    (call("copy_ticks_from", "EURUSD", 1.0, 2**31, -1), RAISED),
    (call("copy_ticks_from", "EURUSD", 1.0, 1, "all"), RAISED),
    (call("copy_rates_from_pos", 1, 1, 0, 1), REFUSED),
    (call("copy_rates_from_pos", "EURUSD", 1.0, 0, 1), RAISED),
    (call("copy_rates_from_pos", "EURUSD", 1, 0.0, 1), RAISED),
    (call("copy_rates_from_pos", "EURUSD", 1, 0, 2**31), RAISED),
    (call("history_orders_get", "1", 5.0), REFUSED),
    (call("history_orders_get", 0, 2**31), Outcome("SystemError", -10004)),
    (call("history_deals_get", None, 5.0), REFUSED),
    (call("history_deals_get", 2**31, 0), Outcome("SystemError", -10004)),
    (call("order_check", 5), REFUSED),
    (call("order_send", 5), REFUSED),
    *(
        (call(name, {"action": 1, **wrong}), outcome)
        for name in ("order_check", "order_send")
        for field in sorted(gateway.REQUEST_INTS)
        for wrong, outcome in (
            ({field: 1.0}, REFUSED),
            ({field: "1"}, REFUSED),
            ({field: 2**64}, RAISED),
            ({field: -(2**63) - 1}, RAISED),
        )
    ),
    *(
        (call(name, {"action": 1, field: wrong}), REFUSED)
        for name in ("order_check", "order_send")
        for field in sorted(gateway.REQUEST_FLOATS)
        for wrong in (0, 1, True, None, "1")
    ),
    *(
        (call(name, {"action": 1, field: wrong}), REFUSED)
        for name in ("order_check", "order_send")
        for field in sorted(gateway.REQUEST_TEXTS)
        for wrong in (0, None, "x" * 30, "\U0001f600" * 15)
    ),
]


class Recorder:
    """The stand-in, and every call of it as the gateway makes it."""

    def __init__(self) -> None:
        #: By what is written of it: 1, 1.0 and True are equal, and not the same to the module.
        self.calls: Dict[str, Call] = {}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def noted(*args: Any, **named: Any) -> Any:
            made = Call(name, args, named)
            self.calls[repr(made)] = made
            return getattr(fake_mt5, name)(*args, **named)

        return noted


def requests() -> Iterator[Dict[str, Any]]:
    """Requests as the executor writes them, each field with the least and the most it may hold."""
    whole: Dict[str, Any] = {}
    for name, (least, most) in sorted(gateway.REQUEST_INTS.items()):
        yield from ({"action": 1, name: value} for value in (least, most))
        whole[name] = most
    for name in sorted(gateway.REQUEST_FLOATS):
        yield from ({"action": 1, name: value} for value in (0, 1, -1.5, 1e300, 2**60))
        whole[name] = 1
    for name in sorted(gateway.REQUEST_TEXTS):
        longest = "x" * gateway.TEXT_UNITS_MAX
        yield from ({"action": 1, name: value} for value in ("", longest, "Ü€\U0001f600"))
        whole[name] = longest
    yield whole
    for raw in EXAMPLES.read_bytes().splitlines():
        line = json.loads(raw)
        if "request" in line:
            yield line["request"]


def calls_of_the_gateway() -> List[Call]:
    """Every call that the gateway makes, with the least and the most that it may pass."""
    recorder = Recorder()
    least = {"timeout_ms": 1, "login": 1, "password": "x", "server": "x", "portable": False}
    most = {
        "timeout_ms": 2**31 - 1,
        "login": 2**64 - 1,
        "password": "x" * 253,
        "server": "x" * 253,
        "portable": True,
    }
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(tempfile, "tempdir", folder):
        for fields in ({}, {"path": PATH, **least}, {"path": "x" * 257, **most}):
            bench = Bench(recorder)
            bench.attach(**fields)
            carry_out_everything(bench)
            bench.close()
    return list(recorder.calls.values())


def carry_out_everything(bench: Bench) -> None:
    """Every line of the executor, at a server whose clock is far ahead."""
    bench.terminal.trade_allowed = False
    bench.terminal.add_ticks("EURUSD", fake_mt5.tick(YEAR_2100_MSC))
    for symbol in ("EURUSD", "USDEUR", "x" * 29):
        bench.send("subscribe", id=symbol, symbol=symbol)
    bench.run(1)
    bench.gateway._feeds["EURUSD"].count = gateway.TICKS_A_READ_MAX
    for at, request in enumerate(requests()):
        not_after = bench.clock.utc_ms() + 60_000
        bench.send("submit", cid=at, not_after_utc_ms=not_after, check=True, request=request)
        bench.send("check", id=at, request=request)
    for most in (1, 2**31 - 1):
        bench.send("rates", id=most, symbol="EURUSD", timeframe=most, count=most)
    for most in (0, 2**31 - 1):
        bench.send("read", id=most, since_s=most)
    bench.run(10)
    bench.terminal.quit()
    bench.run(1)


class Contract(unittest.TestCase):
    """Holds a module to it, where no terminal is."""

    module: Any

    def outcome(self, made: Call) -> Outcome:
        self.module.shutdown()
        try:
            answer = repr(answer_of(getattr(self.module, made.name), made))
        except (SystemError, TypeError) as error:
            answer = type(error).__name__
        return Outcome(answer, self.module.last_error()[0])

    def check(self, expected: Iterable[Tuple[Call, Outcome]]) -> None:
        compared = [(made, self.outcome(made), outcome) for made, outcome in expected]
        wrong = [one for one in compared if one[1] != one[2]]
        told = "\n".join(f"{made}: {found}, not {outcome}" for made, found, outcome in wrong)
        self.assertFalse(wrong, f"{len(wrong)} of {len(compared)} calls\n{told}")


def answer_of(function: Callable[..., Any], made: Call) -> Any:
    """Named arguments are left out where there are none: the module sees even an empty lot."""
    return function(*made.args, **made.named) if made.named else function(*made.args)


def fields_of(kind: Any) -> Tuple[str, ...]:
    """The names of a row's fields, in order; the real types are none of Python's own."""
    return tuple(getattr(kind, "_fields", None) or kind.__match_args__)


class Calls(Contract):
    def test_every_call_of_the_gateway_gets_past_the_arguments(self) -> None:
        calls = calls_of_the_gateway()
        self.check((made, WITHOUT_TERMINAL.get(made.name, NO_CONNECTION)) for made in calls)

    def test_every_time_is_one_that_the_module_passes_on(self) -> None:
        for made in calls_of_the_gateway():
            if made.name.startswith("history_"):
                self.check_times(made, made.args)
            elif made.name == "copy_ticks_from":
                self.check_times(made, made.args[1:2])

    def check_times(self, made: Call, times: Iterable[Any]) -> None:
        for time in times:
            self.assertIs(type(time), int, made)
            self.assertTrue(0 < time < 2**31, made)

    def test_no_function_of_the_gateway_is_left_out(self) -> None:
        text = Path(gateway.__file__).read_text(encoding="utf-8")
        named = set(re.findall(r"\b_mt5\.(\w+)", text))
        self.assertEqual({made.name for made in calls_of_the_gateway()}, named)
        self.assertEqual({made.name for made, _ in WRONG} - named, set())

    def test_calls_that_are_wrong_are_refused(self) -> None:
        self.check(WRONG)


class Rows(Contract):
    def test_every_field_that_the_gateway_reads_is_there(self) -> None:
        for name, read in READ.items():
            with self.subTest(type=name):
                fields = fields_of(getattr(self.module, name))
                self.assertEqual(set(read) - set(fields), set())


class Errors(Contract):
    def test_an_error_is_a_number_and_a_text(self) -> None:
        for made, _ in WRONG:
            self.outcome(made)
            code, text = self.module.last_error()
            self.assertEqual((type(code), type(text)), (int, str), made)

    def test_what_is_said_of_a_terminal_that_is_not_there(self) -> None:
        self.module.shutdown()
        for path, cause in (
            ((), "MetaTrader 5 x64 not found"),
            ((PATH,), f"Process create failed '{PATH}'"),
        ):
            self.assertIs(self.module.initialize(*path), False)
            error = (-10003, f"IPC initialize failed, {cause}")
            self.assertEqual(self.module.last_error(), error)

    def test_what_is_said_of_a_path_with_other_letters_cannot_be_read(self) -> None:
        self.module.initialize("C:\\Jürgen\\terminal64.exe")
        with self.assertRaises(UnicodeDecodeError) as raised:
            self.module.last_error()
        self.assertIn(b"Process create failed 'C:\\J\xfcrgen\\", raised.exception.object)

    def test_what_is_said_of_a_field_that_is_wrong(self) -> None:
        self.module.order_send({"action": 1, "sl": 0})
        self.assertEqual(self.module.last_error(), (-2, 'Invalid "sl" argument'))
        self.module.symbol_info(5)
        self.assertEqual(self.module.last_error(), (-2, "Invalid arguments"))
