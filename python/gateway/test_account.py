"""Positions, orders and history as the gateway reports them."""

from __future__ import annotations

import unittest
from typing import Any, Dict, List

import fake_mt5
from bench import UTC_MS, of, only
from fake_mt5 import START_S, deal, order, position, tick
from test_gateway import GatewayTest
from tickdeck_gateway import DAY_S, pieces


class Polls(GatewayTest):
    def setUp(self) -> None:
        super().setUp()
        self.terminal.positions[5] = position(5)
        self.attached()
        self.bench.run(1)

    def test_a_position_is_said_when_it_differs(self) -> None:
        self.assertEqual(of(self.bench.run(1), "position"), [])
        self.terminal.positions[5] = position(5, volume=0.05, sl=1.05)
        row = only(self.bench.run(1), "position")["row"]
        self.assertEqual((row["ticket"], row["volume"], row["sl"]), (5, 0.05, 1.05))

    def test_a_position_that_is_closed_is_gone_once(self) -> None:
        del self.terminal.positions[5]
        self.assertEqual(only(self.bench.run(8), "gone")["position"], 5)

    def test_a_terminal_that_loads_the_account_makes_nothing_gone(self) -> None:
        del self.terminal.positions[5]
        self.assertEqual(of(self.bench.run(3), "gone"), [])
        self.terminal.positions[5] = position(5)
        self.assertEqual(of(self.bench.run(10), "gone"), [])

    def test_requests_in_a_row_make_nothing_gone(self) -> None:
        self.bench.run(8)
        for _ in range(3):
            self.terminal.answer("positions_get", ())
        # Each request causes a reading.
        for cid in ("a", "b", "c"):
            request = {"action": 8, "order": 1}
            self.bench.send("submit", cid=cid, not_after_utc_ms=UTC_MS * 2, request=request)
            self.assertEqual(of(self.bench.run(0.001), "gone"), [])
        self.assertEqual(of(self.bench.run(3), "gone"), [])

    def test_a_row_that_cannot_be_written_takes_no_other_with_it(self) -> None:
        self.terminal.positions[6] = position(6, profit=float("nan"), swap=float("nan"))
        self.terminal.positions[7] = position(7)
        lines = self.bench.run(3)
        self.assertEqual([line["row"]["ticket"] for line in of(lines, "position")], [7])
        self.assertIn("position 6", only(lines, "fault")["text"])

    def test_a_failed_reading_makes_nothing_gone(self) -> None:
        self.terminal.fail("positions_get", -1, times=100)
        self.assertEqual(of(self.bench.run(10), "gone"), [])

    def test_one_empty_reading_makes_nothing_gone(self) -> None:
        self.terminal.answer("positions_get", ())
        self.assertEqual(of(self.bench.run(10), "gone"), [])

    def test_readings_with_a_time_out_make_nothing_gone(self) -> None:
        self.terminal.status["positions_get"] = (-10005, "IPC timeout")
        del self.terminal.positions[5]
        self.assertEqual(of(self.bench.run(10), "gone"), [])

    def test_readings_without_the_server_make_nothing_gone(self) -> None:
        self.terminal.connected = False
        del self.terminal.positions[5]
        self.assertEqual(of(self.bench.run(10), "gone"), [])

    def test_margin_without_positions_makes_nothing_gone(self) -> None:
        self.terminal.margin = 110.0
        del self.terminal.positions[5]
        self.assertEqual(of(self.bench.run(10), "gone"), [])

    def test_a_position_that_only_a_reading_saw_is_gone_too(self) -> None:
        self.bench.read()
        self.terminal.answer("positions_get", (position(5), position(6)))
        self.assertEqual(len(of(self.bench.read(0.001), "position")), 2)
        self.assertEqual(only(self.bench.run(8), "gone")["position"], 6)

    def test_an_order_and_its_end(self) -> None:
        self.terminal.orders[8] = order(8, state=1)
        self.assertEqual(only(self.bench.run(1), "order")["row"]["state"], 1)
        self.terminal.history[8] = self.terminal.orders.pop(8)._replace(state=2)
        self.assertEqual(only(self.bench.run(1), "history_order")["row"]["state"], 2)
        self.assertEqual(of(self.bench.run(1), "history_order"), [])

    def test_each_deal_once_though_an_older_one_is_seen_later(self) -> None:
        self.terminal.deals[9] = deal(9, time=START_S + 10)
        self.assertEqual(only(self.bench.run(1), "deal")["row"]["ticket"], 9)
        self.terminal.deals[4] = deal(4, time=START_S - 3600)
        self.assertEqual(only(self.bench.run(1), "deal")["row"]["ticket"], 4)
        self.assertEqual(of(self.bench.run(1), "deal"), [])

    def test_a_deal_of_a_server_whose_clock_runs_ahead(self) -> None:
        self.terminal.deals[9] = deal(9, time=START_S + 14 * 3600)
        self.assertEqual(len(of(self.bench.run(1), "deal")), 1)

    def test_a_failed_reading_of_the_history_loses_no_deal(self) -> None:
        self.terminal.fail("history_deals_get", -1, times=3)
        self.terminal.deals[9] = deal(9)
        self.assertEqual(len(of(self.bench.run(2), "deal")), 1)

    def test_an_empty_history_moves_no_cursor(self) -> None:
        self.bench.clock.now_s += 3 * 86_400
        self.bench.run(1)
        self.terminal.deals[9] = deal(9)
        self.assertEqual(len(of(self.bench.run(1), "deal")), 1)

    def test_the_figures_of_the_account_on_change(self) -> None:
        self.assertEqual(of(self.bench.run(1), "account"), [])
        self.terminal.balance = 9_000.0
        line = only(self.bench.run(1), "account")
        self.assertEqual((line.get("id"), line["balance"], line["so_call"]), (None, 9_000.0, 50.0))


class Readings(GatewayTest):
    def setUp(self) -> None:
        super().setUp()
        self.terminal.positions[5] = position(5)
        self.terminal.orders[6] = order(6)
        self.terminal.history[7] = order(7)
        self.terminal.deals[8] = deal(8)
        self.attached()

    def done(self, lines: List[Dict[str, Any]]) -> Dict[str, Any]:
        self.assertEqual(lines[-1]["t"], "done")
        return lines[-1]

    def test_a_row_each_and_then_done(self) -> None:
        lines = self.bench.read()
        kinds = [line["t"] for line in lines]
        self.assertEqual(kinds, ["account", "position", "order", "history_order", "deal", "done"])
        self.assertTrue(self.done(lines)["complete"])

    def test_as_of_is_the_newest_time_of_the_server_before_it(self) -> None:
        self.terminal.add_ticks("EURUSD", fake_mt5.tick(START_S * 1000 + 777))
        self.bench.subscribe()
        self.assertEqual(self.done(self.bench.read())["as_of_msc"], START_S * 1000 + 777)

    def test_a_call_that_fails_makes_it_incomplete(self) -> None:
        self.bench.read()
        calls = (
            "account_info",
            "orders_get",
            "positions_get",
            "history_orders_get",
            "history_deals_get",
        )
        for name in calls:
            with self.subTest(call=name):
                self.terminal.fail(name, -1, "Call failed")
                done = self.done(self.bench.read(0.001))
                self.assertEqual((done["complete"], done["error"]), (False, [-1, "Call failed"]))
                self.terminal.fails.clear()

    def test_a_terminal_without_its_server_makes_it_incomplete(self) -> None:
        self.terminal.connected = False
        self.assertEqual(self.done(self.bench.read())["error"][0], "connection")

    def test_a_server_that_goes_during_the_reading_makes_it_incomplete(self) -> None:
        def goes() -> None:
            self.terminal.connected = False

        self.bench.read()
        self.terminal.before["history_deals_get"] = goes
        self.assertFalse(self.done(self.bench.read(0.001))["complete"])

    def test_a_terminal_that_is_lost_makes_it_incomplete(self) -> None:
        self.terminal.fail("orders_get", -10002, "IPC recv failed", times=2)
        done = self.done(self.bench.read(0.001))
        self.assertFalse(done["complete"])

    def test_a_reading_while_the_terminal_is_away(self) -> None:
        self.terminal.quit()
        self.bench.run(0.5)
        self.assertEqual(self.done(self.bench.read(0.001))["error"][0], "attach")

    def test_the_first_history_after_a_start_may_be_short(self) -> None:
        self.bench.run(1)
        full = (deal(8),)
        self.terminal.answer("history_deals_get", (), full, full)
        lines = self.bench.read(0.7)
        self.assertTrue(self.done(lines)["complete"])
        self.assertEqual(len(of(lines, "deal")), 1)

    def test_a_history_that_does_not_settle_is_not_complete(self) -> None:
        def grows() -> None:
            ticket = 50 + len(self.terminal.deals)
            self.terminal.deals[ticket] = deal(ticket)

        self.terminal.before["history_deals_get"] = grows
        done = self.done(self.bench.read())
        self.assertEqual((done["complete"], done["error"][0]), (False, "provisional"))

    def test_after_a_reconnect_it_must_settle_again(self) -> None:
        self.bench.read()
        self.terminal.quit()
        self.bench.run(0.3)
        self.terminal.running = True
        self.bench.run(1)
        before = self.times("orders_get")
        self.assertTrue(self.done(self.bench.read(0.001) + self.bench.read())["complete"])
        self.assertGreater(self.times("orders_get") - before, 2)

    def test_margin_without_positions_is_not_complete(self) -> None:
        self.terminal.positions.clear()
        self.terminal.orders.clear()
        self.terminal.margin = 110.0
        self.assertEqual(self.done(self.bench.read())["error"][0], "provisional")

    def test_positions_that_come_after_their_margin_are_waited_for(self) -> None:
        self.bench.read()
        self.terminal.margin = 110.0
        held, self.terminal.positions = self.terminal.positions, {}
        self.terminal.orders.clear()
        lines = self.bench.read(0.1)
        self.terminal.positions = held
        lines += [line for line in self.bench.run(1) if line.get("id") == 9]
        self.assertTrue(self.done(lines)["complete"])
        self.assertEqual(only(lines, "position")["row"]["ticket"], 5)

    def test_data_with_a_time_out_are_not_complete(self) -> None:
        self.terminal.status["history_orders_get"] = (-10005, "IPC timeout")
        self.assertEqual(self.done(self.bench.read())["error"], [-10005, "IPC timeout"])

    def test_a_clock_far_ahead_does_not_hide_the_history(self) -> None:
        self.bench.run(1)
        self.terminal.add_ticks("EURUSD", tick(2**32 * 1000))
        self.terminal.deals[5] = deal(5)
        self.bench.subscribe()
        lines = self.bench.run(1)
        self.assertEqual(of(lines, "fault"), [])
        self.assertIn(5, [line["row"]["ticket"] for line in of(lines, "deal")])
        self.assertTrue(self.bench.read()[-1]["complete"])

    def test_a_long_history_is_read_in_pieces_without_a_hole(self) -> None:
        for since_s in (0, START_S - 400 * DAY_S, START_S - DAY_S, START_S - 1):
            with self.subTest(since_s=since_s):
                spans = list(pieces(since_s, START_S))
                self.assertLessEqual(len(spans), 64)
                self.assertEqual((spans[0][0], spans[-1][1]), (since_s, START_S))
                for before, after in zip(spans, spans[1:]):
                    self.assertEqual(before[1], after[0])

    def test_the_history_reaches_a_day_beyond_the_clocks(self) -> None:
        self.terminal.deals[9] = deal(9, time=START_S + DAY_S - 60)
        self.assertEqual(len(of(self.bench.read(), "deal")), 2)


if __name__ == "__main__":
    unittest.main()
