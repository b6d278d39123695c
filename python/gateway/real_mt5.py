"""The real ``MetaTrader5`` module, without a terminal, held to what the gateway expects of it.

It runs where the module is, which is on Windows, or under Wine: ``.ci/long wine``.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
import unittest
from pathlib import Path
from typing import Any, Dict, Iterable

sys.path.insert(0, str(Path(__file__).resolve().parent))

import contract
import fake_arguments
import fake_mt5
import tickdeck_gateway as gateway

mt5: Any = importlib.import_module("MetaTrader5")
numpy: Any = importlib.import_module("numpy")
SOURCES = Path(__file__).resolve().parents[2] / "src"

#: The arrays of the module, which only a terminal fills (MT5 reference 1.5).
TICKS = [
    ("time", "<i8"), ("bid", "<f8"), ("ask", "<f8"), ("last", "<f8"), ("volume", "<u8"),
    ("time_msc", "<i8"), ("flags", "<u4"), ("volume_real", "<f8"),
]  # fmt: skip
RATES = [
    ("time", "<i8"), ("open", "<f8"), ("high", "<f8"), ("low", "<f8"), ("close", "<f8"),
    ("tick_volume", "<u8"), ("spread", "<i4"), ("real_volume", "<u8"),
]  # fmt: skip

#: Where the executor has numbers of MT5: what MT5 puts before their names, the file, and a line.
ENUMERATIONS = [
    ("TRADE_ACTION_", "requests.rs", r"^ {4}pub const (?P<word>\w+): u32 = (?P<number>\d+);"),
    ("TIMEFRAME_", "requests.rs", r"Timeframe::(?P<word>\w+) => (?P<number>[\d_]+),"),
    ("ORDER_FILLING_", "requests.rs", r"FillingMode::(?P<word>\w+) => (?P<number>\d),"),
    ("ORDER_TIME_", "requests.rs", r"Expiration::(?P<word>\w+).* => \((?P<number>\d),"),
    ("ORDER_TIME_", "rows.rs", r"(?P<number>\d) => Expiration::(?P<word>\w+)"),
    ("ORDER_STATE_", "rows.rs", r"^ +(?P<number>\d).* => OrderState::(?P<word>\w+)"),
    ("ORDER_REASON_", "rows.rs", r"^ +(?P<number>\d) => Reason::(?P<word>\w+)"),
    ("DEAL_REASON_", "rows.rs", r"^ +(?P<number>\d) => Reason::(?P<word>\w+)"),
    ("DEAL_ENTRY_", "rows.rs", r"(?P<number>\d) => DealEntry::(?P<word>\w+)"),
]


class Calls(contract.Calls):
    module = mt5


class Rows(contract.Rows):
    module = mt5

    def test_the_fields_of_the_stand_in_are_those_of_the_module(self) -> None:
        for name in contract.READ:
            with self.subTest(type=name):
                real, fake = getattr(mt5, name), getattr(fake_mt5, name)
                self.assertEqual(contract.fields_of(real), contract.fields_of(fake))

    def test_a_row_of_the_module_is_said_with_every_field(self) -> None:
        rows: Dict[str, Iterable[str]] = {
            "AccountInfo": gateway.ATTACHED,
            "SymbolInfo": gateway.SYMBOL_INFO,
            "TradePosition": gateway.POSITION,
            "TradeOrder": gateway.ORDER,
            "TradeDeal": gateway.DEAL,
            "OrderCheckResult": gateway.CHECK_ANSWERS,
            "OrderSendResult": gateway.ORDER_ANSWERS,
        }
        for name, read in rows.items():
            kind = getattr(mt5, name)
            given = {field: at for at, field in enumerate(contract.fields_of(kind))}
            said = gateway.row_of(read, kind(given.values()))
            self.assertEqual(said, {field: given[field] for field in read}, name)
            self.assertEqual(json.loads(gateway.encode("row", said)), {"t": "row", **said})

    def test_rows_of_arrays_become_numbers_of_python(self) -> None:
        ticks = numpy.zeros(1, TICKS)
        ticks[0] = (1, 1.1, 1.2, 1.3, 2**64 - 1, 1001, 0x86, 0.5)
        tick = gateway.Tick.of(ticks[0])
        self.assertEqual(tick, (1001, 1.1, 1.2, 1.3, 2**64 - 1, 6, 0.5))
        self.assertLessEqual({type(value) for value in tick}, {int, float})
        rates = numpy.zeros(1, RATES)
        rates[0] = (60, 1.1, 1.3, 1.0, 1.2, 2**64 - 1, -1, 7)
        rate = gateway.rate_of(rates[0])
        self.assertEqual(rate, [60, 1.1, 1.3, 1.0, 1.2, 2**64 - 1, -1, 7])
        self.assertEqual(json.loads(json.dumps(rate)), rate)


class Errors(contract.Errors):
    module = mt5


class Numbers(unittest.TestCase):
    def check(self, names: Dict[str, int]) -> None:
        self.assertTrue(names)
        for name, number in names.items():
            with self.subTest(name=name):
                self.assertEqual(getattr(mt5, name), number)

    def test_those_of_the_stand_in(self) -> None:
        for source in (fake_mt5, fake_arguments):
            kinds = ("TRADE_RETCODE_", "RES_", "COPY_TICKS_")
            known = vars(source).items()
            self.check({name: number for name, number in known if name.startswith(kinds)})

    def test_those_of_the_gateway(self) -> None:
        self.assertEqual(mt5.COPY_TICKS_ALL, gateway.COPY_TICKS_ALL)
        self.assertIn(mt5.TRADE_RETCODE_DONE, gateway.CHECK_PASSED)
        lost = ("SEND", "RECEIVE", "INIT", "CONNECT", "TIMEOUT")
        codes = {getattr(mt5, f"RES_E_INTERNAL_FAIL_{name}") for name in lost}
        self.assertEqual(codes, gateway.CONNECTION_LOST)
        for name, flag in vars(mt5).items():
            if name.startswith("TICK_FLAG_"):
                self.assertEqual(flag & gateway.TICK_FLAGS, flag, name)

    def test_the_return_codes_of_the_executor(self) -> None:
        text = (SOURCES / "domain" / "retcode.rs").read_text(encoding="utf-8")
        known = dict(re.findall(r"^ {4}(\d{5}) (\w+) \w+ \"", text, flags=re.MULTILINE))
        ours = {f"TRADE_RETCODE_{name}": int(code) for code, name in known.items()}
        # MT5's documentation has it, its module has not.
        self.assertEqual(ours.pop("TRADE_RETCODE_HEDGE_PROHIBITED"), 10046)
        self.check(ours)
        theirs = {name for name in vars(mt5) if name.startswith("TRADE_RETCODE_")}
        self.assertEqual(theirs, set(ours))

    def test_the_enumerations_of_the_executor(self) -> None:
        for prefix, file, pattern in ENUMERATIONS:
            text = (SOURCES / "live" / "mt5" / file).read_text(encoding="utf-8")
            found = list(re.finditer(pattern, text, flags=re.MULTILINE))
            numbers = {prefix + upper(one["word"]): int(one["number"]) for one in found}
            with self.subTest(file=file, prefix=prefix):
                self.check(numbers)

    def test_the_types_of_orders_of_the_executor(self) -> None:
        text = (SOURCES / "live" / "mt5" / "rows.rs").read_text(encoding="utf-8")
        found = re.findall(r"(\d) => OrderKind::(\w+)\((\w+)\),", text)
        numbers = {f"{side}_{kind}": int(number) for number, kind, side in found}
        names = {upper(name).replace("_MARKET", ""): number for name, number in numbers.items()}
        self.check({f"ORDER_TYPE_{name}": number for name, number in names.items()})
        self.assertEqual(len(names), 8)
        text = (SOURCES / "live" / "mt5" / "requests.rs").read_text(encoding="utf-8")
        for kind, number in re.findall(r"PendingKind::(\w+) => (\d),", text):
            self.assertEqual(numbers[f"Buy_{kind}"], int(number))
            self.assertEqual(numbers[f"Sell_{kind}"], int(number) + 1)


def upper(word: str) -> str:
    """A name of the executor as MT5 writes it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word).upper()


if __name__ == "__main__":
    unittest.main()
