"""The gateway over the real ``MetaTrader5`` module as tickdeck runs it: a child over pipes.

No terminal is there. ``TICKDECK_MT5_PYTHON`` is the command that starts the Python of Windows,
``wine`` with its path, and ``WINEPREFIX`` Wine's folder: see ``.ci/wine-mt5``.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any, Dict, List, Optional

import tickdeck_gateway as gateway
from bench import of, only

HERE = Path(__file__).resolve().parent
PYTHON = shlex.split(os.environ["TICKDECK_MT5_PYTHON"])
#: A program that a terminal's path may lead to, and which is none.
NO_TERMINAL = Path(os.environ["WINEPREFIX"], "drive_c/windows/system32/ping.exe")
#: Wine itself takes long to start, and where others work beside it.
SLOWLY_S = 60.0
PROMPTLY_S = 10.0
QUIET_S = 5.0
#: Wine kills what is left of a process a second after it has ended, if it does not go by itself,
#: as happens where two of its threads end at once.
ENDED = (0, -signal.SIGKILL)

Said = Dict[str, Any]
ATTACH: Said = {
    "t": "attach", "schema": 1, "timeout_ms": 1000, "tick_poll_ms": 5, "book_poll_ms": 50,
}  # fmt: skip


class Child:
    """A gateway, and what it says."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [*PYTHON, str(HERE / "tickdeck_gateway.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # A pipe as well: Python under Wine does not start with a file in its place.
            stderr=subprocess.PIPE,
        )
        self.raw = b""
        self._unread = b""

    def send(self, *lines: Said) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
        self.process.stdin.flush()

    def end_input(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def line(self, seconds: float) -> Optional[Said]:
        """The next line, if one comes in time."""
        assert self.process.stdout is not None
        until = time.monotonic() + seconds
        while b"\n" not in self._unread:
            left_s = max(0.0, until - time.monotonic())
            if not select.select([self.process.stdout], [], [], left_s)[0]:
                return None
            some = os.read(self.process.stdout.fileno(), gateway.LINE_BYTES_MAX)
            if not some:
                return None
            self._unread += some
            self.raw += some
        first, self._unread = self._unread.split(b"\n", 1)
        said = json.loads(first)
        assert isinstance(said, dict)
        return said

    def until(self, kind: str) -> List[Said]:
        """The lines up to the first of a kind."""
        lines: List[Said] = []
        while not lines or lines[-1]["t"] != kind:
            line = self.line(SLOWLY_S)
            assert line is not None, (kind, lines, self.process.poll())
            lines.append(line)
        return lines

    def during(self, seconds: float) -> List[Said]:
        """What is said for so long."""
        until = time.monotonic() + seconds
        lines: List[Said] = []
        while time.monotonic() < until:
            line = self.line(until - time.monotonic())
            if line is not None:
                lines.append(line)
        return lines

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.close_pipes()

    def close_pipes(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            # What was not read by it any more cannot be written.
            with contextlib.suppress(BrokenPipeError):
                if pipe is not None:
                    pipe.close()


class ChildTest(unittest.TestCase):
    def start(self) -> Child:
        child = Child()
        self.addCleanup(child.close)
        self.assertEqual(child.until("hello")[0]["peer"], "gateway")
        return child

    def no_terminal(self) -> Path:
        """The path of a program that never answers as a terminal does."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return Path(shutil.copy(NO_TERMINAL, Path(folder.name, "terminal64.exe")))

    def hanging(self, path: Path) -> Child:
        child = self.start()
        child.send({**ATTACH, "path": windows(path)}, {"t": "ping", "id": 1})
        self.assertEqual(child.during(QUIET_S), [])
        return child


def windows(path: Path) -> str:
    return "Z:" + str(path).replace("/", "\\")


class NoTerminal(ChildTest):
    def test_a_terminal_that_is_not_installed_is_a_fault_about_the_attach(self) -> None:
        child = self.start()
        child.send(ATTACH)
        fault = child.until("fault")[-1]
        self.assertEqual((fault["code"], fault["about"]), ("-10003", "attach"))
        self.assertEqual(fault["text"], "IPC initialize failed, MetaTrader 5 x64 not found")

    def test_whatever_is_asked_for_without_a_terminal_is_answered(self) -> None:
        child = self.start()
        request = {"action": 1, "symbol": "EURUSD", "volume": 1, "type": 0, "price": 1.1}
        not_after = int(time.time() * 1000) + 60_000
        child.send(ATTACH)
        child.until("fault")
        child.send(
            {"t": "subscribe", "id": 1, "symbol": "EURUSD"},
            {"t": "read", "id": 2, "since_s": 0},
            {"t": "rates", "id": 3, "symbol": "EURUSD", "timeframe": 1, "count": 2},
            {"t": "check", "id": 4, "request": request},
            {"t": "submit", "cid": "c", "not_after_utc_ms": not_after, "request": request},
            {"t": "ping", "id": 5},
        )
        lines = child.until("pong")
        result = only(lines, "result")
        self.assertEqual((result["sent"], result["error"][0]), (False, "attach"))
        self.assertEqual([line["error"][0] for line in of(lines, "done")], ["attach"] * 2)
        self.assertEqual(only(lines, "checked")["error"][0], "attach")
        self.assertEqual(only(lines, "fault")["about"], "1")

    def test_an_attach_can_be_tried_again(self) -> None:
        child = self.start()
        for path, code in (
            ("C:\\none\\terminal64.exe", "-10003"),
            # Its number cannot be read.
            ("C:\\Jürgen €\\terminal64.exe", "exception"),
        ):
            child.send({**ATTACH, "path": path})
            fault = child.until("fault")[-1]
            self.assertEqual((fault["code"], fault["about"]), (code, "attach"))
            self.assertIn(f"Process create failed '{path}'", fault["text"])

    def test_the_password_is_not_said_when_the_module_says_it(self) -> None:
        child = self.start()
        child.send({**ATTACH, "path": "C:\\sw0rd\\terminal64.exe", "password": "sw0rd"})
        self.assertIn("C:\\***\\", child.until("fault")[-1]["text"])
        self.assertNotIn(b"sw0rd", child.raw)

    def test_what_the_module_does_not_take_is_a_fault(self) -> None:
        child = self.start()
        child.send({**ATTACH, "password": "x" * 254})
        fault = child.until("fault")[-1]
        self.assertEqual((fault["code"], fault["about"]), ("-2", "attach"))

    def test_lines_end_as_the_protocol_has_it(self) -> None:
        child = self.start()
        child.send(ATTACH, {"t": "ping", "id": 1})
        child.until("pong")
        self.assertNotIn(b"\r", child.raw)


class Ends(ChildTest):
    def test_at_the_end_of_its_input(self) -> None:
        child = self.start()
        child.end_input()
        self.assertIn(child.process.wait(PROMPTLY_S), ENDED)

    def test_at_the_end_of_its_input_after_a_refused_attach(self) -> None:
        child = self.start()
        child.send(ATTACH)
        child.until("fault")
        child.end_input()
        self.assertIn(child.process.wait(PROMPTLY_S), ENDED)

    def test_when_it_is_detached(self) -> None:
        child = self.start()
        child.send({"t": "detach"})
        self.assertIn(child.process.wait(PROMPTLY_S), ENDED)

    def test_when_nobody_listens_any_more(self) -> None:
        child = self.start()
        assert child.process.stdout is not None
        child.process.stdout.close()
        child.send({"t": "ping", "id": 1})
        self.assertIn(child.process.wait(PROMPTLY_S), ENDED)


class Hangs(ChildTest):
    def test_it_says_nothing_and_whoever_kills_it_frees_its_terminal(self) -> None:
        path = self.no_terminal()
        first = self.hanging(path)
        second = self.start()
        second.send({**ATTACH, "path": windows(path)})
        self.assertEqual(second.until("fault")[-1]["code"], "locked")
        # So that the second does not hang as well.
        path.unlink()
        first.process.kill()
        first.process.wait(PROMPTLY_S)
        lines = second.during(QUIET_S)
        self.assertEqual([line["code"] for line in lines if line["code"] != "locked"], ["-10003"])

    def test_it_ends_by_itself_when_nobody_is_left_to_kill_it(self) -> None:
        child = self.hanging(self.no_terminal())
        child.close_pipes()
        time_out_s = ATTACH["timeout_ms"] / 1000
        began = time.monotonic()
        status = child.process.wait(gateway.HANG_S + time_out_s + PROMPTLY_S)
        self.assertIn(status, (1, -signal.SIGKILL))
        self.assertGreater(time.monotonic() - began, gateway.HANG_S + time_out_s - 2 * QUIET_S)


if __name__ == "__main__":
    unittest.main()
