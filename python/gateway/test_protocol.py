"""The lines of the gateway against the tables of the protocol and its examples."""

from __future__ import annotations

import io
import json
import re
import unittest
from pathlib import Path
from typing import Any, Dict, Iterator, List, Set, Tuple
from unittest import mock

import fake_mt5
import tickdeck_gateway as gateway
from test_gateway import GatewayTest

PROTOCOL = Path(__file__).resolve().parents[2] / "src" / "live" / "mt5"
EXAMPLES = (PROTOCOL / "protocol.ndjson").read_bytes().splitlines(keepends=True)
#: What a kind must hold, and what it may.
Fields = Dict[str, Tuple[Set[str], Set[str]]]


def tables() -> List[Fields]:
    """The tables of the protocol: from the executor, and from the terminal's side."""
    text = (PROTOCOL / "protocol.md").read_text(encoding="utf-8")
    found: List[Fields] = []
    for section in re.split(r"^# From ", text, flags=re.MULTILINE)[1:]:
        rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", section, flags=re.MULTILINE)
        found.append({kind: fields_of(column) for kind, column in rows if kind != "t"})
    return found


def fields_of(column: str) -> Tuple[Set[str], Set[str]]:
    named = re.findall(r"`(\w+)`(\??)", column)
    return {name for name, mark in named if not mark}, {name for name, mark in named if mark}


DOWN, UP = tables()
ROWS = {
    "position": gateway.POSITION,
    "order": gateway.ORDER,
    "history_order": gateway.ORDER,
    "deal": gateway.DEAL,
}


class Protocol(GatewayTest):
    def check(self, line: Dict[str, Any], table: Fields) -> None:
        must, may = table[line["t"]]
        held = set(line) - {"t"}
        self.assertLessEqual(must, held, line)
        self.assertLessEqual(held, must | may, line)
        self.assertNotIn(None, line.values())
        if line["t"] in ROWS:
            self.assertEqual(tuple(line["row"]), ROWS[line["t"]])
        if line["t"] == "symbol":
            self.assertEqual(tuple(line["info"]), gateway.SYMBOL_INFO)

    def test_the_parser_knows_the_table_of_the_executor(self) -> None:
        self.assertEqual(set(gateway.FIELDS), set(DOWN))
        for kind, (must, may) in DOWN.items():
            if kind != "submit":
                known = gateway.FIELDS[kind]
                self.assertEqual({name for name, one in known.items() if one.optional}, may)
                self.assertEqual(set(known), must | may)

    def test_each_kind_and_each_field_has_an_example(self) -> None:
        lines = [json.loads(raw) for raw in EXAMPLES]
        for table in (DOWN, UP):
            for kind, (must, may) in table.items():
                examples = [line for line in lines if line["t"] == kind and table is side(line)]
                self.assertTrue(examples, kind)
                held = {name for line in examples for name in line}
                self.assertLessEqual(must | may, held, kind)

    def test_the_examples_are_valid(self) -> None:
        for raw in EXAMPLES:
            self.assertLessEqual(len(raw), gateway.LINE_BYTES_MAX)
            line = json.loads(raw)
            self.check(line, side(line))

    def test_the_parser_takes_the_examples(self) -> None:
        given = [raw for raw in EXAMPLES if side(json.loads(raw)) is DOWN]
        self.assertEqual({gateway.parse(raw).kind for raw in given}, set(DOWN))
        for raw in given:
            line = json.loads(raw)
            if "request" in line:
                self.assertEqual(gateway.typed_request(line["request"]), line["request"])

    def test_the_parser_misses_each_field_that_must_be(self) -> None:
        for raw in EXAMPLES:
            line = json.loads(raw)
            if side(line) is DOWN and line["t"] != "submit":
                for name in DOWN[line["t"]][0]:
                    less = {key: value for key, value in line.items() if key != name}
                    with self.assertRaises(gateway.LineError, msg=(line["t"], name)):
                        gateway.parse(json.dumps(less).encode())

    def test_the_gateway_says_every_kind_as_the_table_has_it(self) -> None:
        lines = [*self.everything(), *refused_import()]
        for line in lines:
            self.check(line, UP)
        self.assertEqual({line["t"] for line in lines}, set(UP))

    def everything(self) -> Iterator[Dict[str, Any]]:
        start_msc = fake_mt5.START_S * 1000
        self.terminal.add_ticks("EURUSD", fake_mt5.tick(start_msc))
        self.terminal.orders[6] = fake_mt5.order(6)
        self.attached()
        self.bench.subscribe()
        self.bench.subscribe("USDEUR")
        self.bench.buy()
        self.bench.buy(volume=True)
        self.bench.send("check", id=1, request={"action": 1})
        self.bench.send("rates", id=2, symbol="EURUSD", timeframe=1, count=5)
        self.bench.send("ping", id=3)
        self.bench.read()
        self.terminal.ticks["EURUSD"][0] = fake_mt5.tick(start_msc, 1.3)
        self.terminal.positions.clear()
        self.bench.run(2)
        self.terminal.connected = False
        self.bench.read()
        yield from (json.loads(raw) for raw in self.bench.raw.splitlines())


def side(line: Dict[str, Any]) -> Fields:
    """The table of a line: `rates` is a kind of both."""
    return DOWN if line["t"] in DOWN and "rows" not in line else UP


def refused_import() -> List[Dict[str, Any]]:
    target = io.BytesIO()
    with mock.patch.object(gateway, "protocol_streams", return_value=(io.BytesIO(), target)):
        with mock.patch.dict("sys.modules", {"MetaTrader5": None}):
            gateway.main()
    return [json.loads(raw) for raw in target.getvalue().splitlines()]


if __name__ == "__main__":
    unittest.main()
