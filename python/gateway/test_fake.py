"""The stand-in keeps to what is expected of the real module."""

from __future__ import annotations

import unittest
from typing import Any
from unittest import mock

import contract
import fake_mt5


class NoTerminal(contract.Contract):
    module: Any = fake_mt5

    def setUp(self) -> None:
        patch = mock.patch.object(fake_mt5, "terminal", fake_mt5.Terminal())
        patch.start()
        self.addCleanup(patch.stop)
        fake_mt5.terminal.running = False


class Calls(NoTerminal, contract.Calls):
    pass


class Rows(NoTerminal, contract.Rows):
    pass


class Errors(NoTerminal, contract.Errors):
    pass


if __name__ == "__main__":
    unittest.main()
