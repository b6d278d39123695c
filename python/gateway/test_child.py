"""The gateway as tickdeck runs it: a child over pipes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any, Dict, List, Sequence

HERE = Path(__file__).resolve().parent
ATTACH = {"t": "attach", "schema": 1, "timeout_ms": 5000, "tick_poll_ms": 5, "book_poll_ms": 50}


class Child(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        stand_in = (HERE / "fake_mt5.py").read_text(encoding="utf-8")
        stand_in += "\nos.write(1, b'a C library that prints\\n')\n"
        (self.folder / "MetaTrader5.py").write_text(stand_in, encoding="utf-8")

    def start(
        self, arguments: Sequence[str] = (str(HERE / "tickdeck_gateway.py"),), **environment: str
    ) -> subprocess.Popen[bytes]:
        places = {
            "PYTHONPATH": str(self.folder),
            "TMPDIR": str(self.folder),
            "TEMP": str(self.folder),
        }
        child = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **places, **environment},
        )
        self.addCleanup(self.end, child)
        return child

    def end(self, child: subprocess.Popen[bytes]) -> None:
        child.kill()
        child.communicate()

    def send(self, child: subprocess.Popen[bytes], *lines: Dict[str, Any]) -> None:
        assert child.stdin is not None
        child.stdin.write(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
        child.stdin.flush()

    def until(self, child: subprocess.Popen[bytes], kind: str) -> List[Dict[str, Any]]:
        """The lines up to the first of a kind."""
        assert child.stdout is not None
        lines: List[Dict[str, Any]] = []
        while not lines or lines[-1]["t"] != kind:
            raw = child.stdout.readline()
            self.assertTrue(raw, lines)
            lines.append(json.loads(raw))
        return lines

    def test_a_session(self) -> None:
        child = self.start()
        self.assertEqual(self.until(child, "hello")[0]["pid"], child.pid)
        self.send(child, ATTACH, {"t": "subscribe", "id": 1, "symbol": "EURUSD"})
        self.until(child, "symbol")
        request = {"action": 1, "symbol": "EURUSD", "volume": 1, "comment": "Übermaß €"}
        not_after = int(time.time() * 1000) + 60_000
        submit = {"t": "submit", "cid": "c", "not_after_utc_ms": not_after, "request": request}
        self.send(child, submit)
        self.assertEqual(self.until(child, "result")[-1]["answer"]["retcode"], 10009)
        self.assertEqual(self.until(child, "position")[-1]["row"]["comment"], "Übermaß €")
        self.send(child, {"t": "read", "id": 2, "since_s": 0}, {"t": "ping", "id": 3})
        kinds = [line["t"] for line in self.until(child, "pong")]
        self.assertIn("done", kinds)
        rest, errors = child.communicate()
        self.assertEqual(child.returncode, 0)
        # What the module prints must not stand among the lines.
        self.assertIn(b"a library that prints", errors)
        self.assertIn(b"a C library that prints", errors)
        for raw in rest.splitlines():
            json.loads(raw)

    def test_detach_ends_it(self) -> None:
        child = self.start()
        self.send(child, ATTACH)
        self.until(child, "attached")
        self.send(child, {"t": "detach"})
        self.assertEqual(child.wait(10), 0)

    def test_nobody_listens_any_more(self) -> None:
        child = self.start()
        self.send(child, ATTACH)
        self.until(child, "attached")
        assert child.stdout is not None
        child.stdout.close()
        self.assertEqual(child.wait(10), 0)

    @unittest.skipIf(sys.platform == "win32", "an interrupt is sent otherwise there")
    def test_an_interrupt_of_the_console_does_not_end_it(self) -> None:
        child = self.start()
        self.send(child, ATTACH)
        self.until(child, "attached")
        child.send_signal(signal.SIGINT)
        self.send(child, {"t": "ping", "id": 1})
        self.assertEqual(self.until(child, "pong")[-1]["id"], 1)

    def test_without_the_module(self) -> None:
        (self.folder / "MetaTrader5.py").write_text("raise ImportError('no numpy')")
        child = self.start()
        fault = self.until(child, "fault")[-1]
        self.assertEqual(fault["code"], "module")
        self.assertEqual(child.wait(10), 3)

    def test_an_initialize_that_hangs_ends_it_though_nobody_kills_it(self) -> None:
        impatient = "import tickdeck_gateway as gateway; gateway.HANG_S = 0.5; gateway.main()"
        child = self.start(["-c", impatient], FAKE_MT5_HANG="1", PYTHONPATH=self.both())
        self.send(child, {**ATTACH, "timeout_ms": 1})
        self.assertEqual(child.wait(10), 1)

    def both(self) -> str:
        return os.pathsep.join((str(self.folder), str(HERE)))

    def test_one_that_hangs_can_be_killed_and_the_next_gets_the_lock(self) -> None:
        first = self.start(FAKE_MT5_HANG="1")
        self.until(first, "hello")
        self.send(first, ATTACH)
        second = self.start()
        self.until(second, "hello")
        # The first must have the lock before the second asks for it.
        deadline = time.monotonic() + 10
        while not list(self.folder.glob("*.lock")) and time.monotonic() < deadline:
            time.sleep(0.01)
        self.send(second, ATTACH)
        self.assertEqual(self.until(second, "fault")[-1]["code"], "locked")
        first.kill()
        self.assertEqual(self.until(second, "attached")[-1]["login"], 1001)


if __name__ == "__main__":
    unittest.main()
