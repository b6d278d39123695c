"""A gateway over the stand-in terminal, in a time that only the test moves."""

from __future__ import annotations

import contextlib
import io
import json
import threading
from typing import Any, Dict, List

import fake_mt5
from tickdeck_gateway import Clock, Gateway, Inbox, Outbox

Said = Dict[str, Any]
UTC_MS = fake_mt5.START_S * 1000
SECRET = 'sw0rd"fish\\'


class TestClock(Clock):
    def __init__(self) -> None:
        self.now_s = 0.0

    def utc_ms(self) -> int:
        return UTC_MS + int(self.now_s * 1000)

    def monotonic(self) -> float:
        return self.now_s

    def wait(self, wake: threading.Event, seconds: float) -> None:
        self.now_s += seconds


class Bench:
    """Sends lines to a gateway and collects what it says."""

    def __init__(self, module: Any = fake_mt5) -> None:
        self.terminal = fake_mt5.terminal = fake_mt5.Terminal()
        self.clock = TestClock()
        self.inbox = Inbox()
        self.output = io.BytesIO()
        self.gateway = Gateway(module, self.inbox, Outbox(self.output), self.clock)
        self.raw = b""

    def send(self, kind: str, **fields: Any) -> None:
        self.inbox.put(json.dumps({"t": kind, **fields}).encode() + b"\n")

    def run(self, seconds: float) -> List[Said]:
        """Lets the time pass; returns what was said."""
        end_s = self.clock.now_s + seconds
        # A bound, so that a gateway that never rests fails.
        for _ in range(100_000):
            with contextlib.redirect_stdout(io.StringIO()):
                idle_s = self.gateway.step()
            left_s = end_s - self.clock.now_s
            if idle_s > 0 and left_s <= 0:
                return self.said()
            self.clock.now_s += max(0.0, min(idle_s, left_s))
        raise AssertionError("the gateway does not rest")

    def said(self) -> List[Said]:
        raw = self.output.getvalue()
        self.output.seek(0)
        self.output.truncate()
        self.raw += raw
        return [json.loads(line) for line in raw.splitlines()]

    def attach(self, **fields: Any) -> List[Said]:
        usual = {"schema": 1, "timeout_ms": 5000, "tick_poll_ms": 10, "book_poll_ms": 250}
        self.send("attach", **{**usual, **fields})
        return self.run(0.001)

    def subscribe(self, symbol: str = "EURUSD") -> List[Said]:
        self.send("subscribe", id=7, symbol=symbol)
        return self.run(0.05)

    def submit(self, cid: str = "c1", late_ms: int = 5000, **request: Any) -> Said:
        """Submits a request and returns its result."""
        self.send(
            "submit", cid=cid, not_after_utc_ms=self.clock.utc_ms() + late_ms, request=request
        )
        results = of(self.run(0.001), "result")
        assert len(results) == 1, results
        return results[0]

    def buy(self, cid: str = "c1", **more: Any) -> Said:
        usual = {"action": 1, "symbol": "EURUSD", "volume": 1, "type": 0, "price": 0}
        return self.submit(cid, **{**usual, **more})

    def read(self, seconds: float = 2.0) -> List[Said]:
        """The lines of a reading."""
        self.send("read", id=9, since_s=fake_mt5.START_S - 100)
        return [line for line in self.run(seconds) if line.get("id") == 9]

    def close(self) -> None:
        self.gateway.close()


def of(lines: List[Said], kind: str) -> List[Said]:
    return [line for line in lines if line["t"] == kind]


def only(lines: List[Said], kind: str) -> Said:
    found = of(lines, kind)
    assert len(found) == 1, (kind, lines)
    return found[0]
