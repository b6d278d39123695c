"""Symbols, ticks and bars of the gateway."""

from __future__ import annotations

import json
import unittest
from typing import Any, Dict, List

import fake_mt5
from bench import of, only
from fake_mt5 import tick
from test_gateway import GatewayTest
from tickdeck_gateway import Tape, Tick

T = 1_700_000_000_000


class Ticks(GatewayTest):
    def setUp(self) -> None:
        super().setUp()
        self.terminal.add_ticks("EURUSD", tick(T - 5000), tick(T - 100), tick(T))
        self.attached()
        self.first = self.bench.subscribe()

    def new(self, *rows: Dict[str, Any], seconds: float = 0.1) -> List[int]:
        """Adds rows; returns after T how many milliseconds the ticks are that are said then."""
        self.terminal.add_ticks("EURUSD", *rows)
        return self.msc(self.bench.run(seconds))

    def msc(self, lines: List[Dict[str, Any]]) -> List[int]:
        return [line["time_msc"] - T for line in of(lines, "tick")]

    def test_it_starts_at_the_newest_tick(self) -> None:
        self.assertEqual(self.msc(self.first), [0])
        self.assertEqual(self.msc(self.bench.run(3)), [])

    def test_each_tick_once_and_with_its_fields(self) -> None:
        self.assertEqual(self.new(tick(T + 1, flags=134), tick(T + 2, last=1.0, volume=3)), [1, 2])
        self.assertEqual(self.msc(self.bench.run(5)), [])
        said = of([*map(self.decoded, self.bench.raw.splitlines())], "tick")
        self.assertEqual([one["flags"] for one in said], [6, 6, 6])
        self.assertEqual((said[2]["last"], said[2]["volume"]), (1.0, 3))

    @staticmethod
    def decoded(raw: bytes) -> Any:
        return json.loads(raw)

    def test_a_price_that_is_no_number_takes_no_other_tick_with_it(self) -> None:
        rows = (tick(T + 1, 1.2), tick(T + 2, float("nan")), tick(T + 3, 1.3))
        self.terminal.add_ticks("EURUSD", *rows)
        lines = self.bench.run(3)
        self.assertEqual(self.msc(lines), [1, 3])
        faults = [line["about"] for line in of(lines, "fault")]
        self.assertEqual((faults, of(lines, "rewritten")), (["EURUSD"], []))

    def test_several_ticks_of_one_millisecond(self) -> None:
        same = tick(T + 1, 1.2)
        self.assertEqual(self.new(same, tick(T + 1, 1.3)), [1, 1])
        self.assertEqual(self.new(dict(same), seconds=1.5), [1])
        self.assertEqual(self.new(tick(T + 2)), [2])

    def test_ticks_of_one_millisecond_that_change_places(self) -> None:
        self.new(tick(T + 1, 1.2), tick(T + 1, 1.3), tick(T + 1, 1.4))
        rows = self.terminal.ticks["EURUSD"]
        rows[-3:] = reversed(rows[-3:])
        lines = self.bench.run(2)
        self.assertEqual((of(lines, "tick"), of(lines, "rewritten")), ([], []))

    def test_other_undocumented_bits_make_no_other_tick(self) -> None:
        self.terminal.ticks["EURUSD"][-1]["flags"] = 134
        lines = self.bench.run(2)
        self.assertEqual((of(lines, "tick"), of(lines, "rewritten")), ([], []))

    def test_a_late_tick_with_an_earlier_time_is_delivered_once(self) -> None:
        self.new(tick(T + 1000))
        self.terminal.ticks["EURUSD"].insert(-1, tick(T + 500, 1.5))
        self.assertEqual(self.msc(self.bench.run(1.5)), [500])
        self.assertEqual(self.msc(self.bench.run(5)), [])

    def test_rows_before_the_start_are_not_ticks(self) -> None:
        self.terminal.early_rows = True
        self.assertEqual(self.new(tick(T + 1), seconds=2), [1])

    def test_history_that_grows_backwards_is_not_delivered(self) -> None:
        self.terminal.ticks["EURUSD"][:0] = [tick(T - 50, 1.7), tick(T - 1, 1.6)]
        self.assertEqual(self.msc(self.bench.run(2)), [])

    def test_a_rewrite_is_reported_once_and_replacements_are_no_ticks(self) -> None:
        self.new(tick(T + 1), tick(T + 2), tick(T + 3))
        rows = self.terminal.ticks["EURUSD"]
        rows[-2] = tick(T + 2, 1.7)
        del rows[-3]
        lines = self.bench.run(1.5)
        self.assertEqual(only(lines, "rewritten")["count"], 2)
        self.assertEqual(of(lines, "tick"), [])
        lines = self.bench.run(5)
        self.assertEqual((of(lines, "tick"), of(lines, "rewritten")), ([], []))

    def test_rows_that_were_missing_and_come_back_are_not_delivered_again(self) -> None:
        self.new(tick(T + 1), tick(T + 2))
        rows = self.terminal.ticks["EURUSD"]
        taken = rows.pop(-2)
        self.assertEqual(only(self.bench.run(1.5), "rewritten")["count"], 1)
        rows.insert(-1, taken)
        self.assertEqual(self.msc(self.bench.run(2)), [])

    def test_what_has_not_been_read_again_is_not_a_rewrite(self) -> None:
        self.new(tick(T + 1), tick(T + 2))
        self.terminal.lag = 1
        self.assertEqual(of(self.bench.run(3), "rewritten"), [])

    def test_a_failed_reading_publishes_nothing_and_moves_no_cursor(self) -> None:
        self.terminal.fail("copy_ticks_from", -1, times=3)
        self.assertEqual(self.new(tick(T + 1), seconds=0.05), [])
        self.assertEqual(self.msc(self.bench.run(2)), [1])

    def test_failed_readings_are_repeated_with_back_off(self) -> None:
        self.terminal.fail("copy_ticks_from", -1, times=1000)
        before = self.times("copy_ticks_from")
        for at in range(100):
            self.new(tick(T + at))
        self.assertLess(self.times("copy_ticks_from") - before, 20)

    def test_data_with_a_time_out_are_provisional(self) -> None:
        self.terminal.status["copy_ticks_from"] = (-10005, "IPC timeout")
        self.assertEqual(self.new(tick(T + 1), seconds=2), [])
        del self.terminal.status["copy_ticks_from"]
        self.assertEqual(self.msc(self.bench.run(2)), [1])

    def test_copy_ticks_that_lags_is_polled_on(self) -> None:
        self.terminal.lag = 1
        self.assertEqual(self.new(tick(T + 300), seconds=0.3), [])
        self.assertEqual(self.terminal.calls[-1][0], "copy_ticks_from")
        self.assertEqual(only(self.bench.run(1), "heartbeat")["tick_lag_ms"], 300)
        self.terminal.lag = 0
        self.assertEqual(self.msc(self.bench.run(1)), [300])
        self.assertEqual(only(self.bench.run(1), "heartbeat")["tick_lag_ms"], 0)

    def test_ticks_that_the_newest_does_not_show_are_read_within_a_second(self) -> None:
        self.terminal.ticks["EURUSD"].insert(-1, tick(T, 1.5))
        self.assertEqual(self.msc(self.bench.run(1.1)), [0])

    def test_more_ticks_than_one_reading_holds(self) -> None:
        rows = [tick(T + 1 + at // 20, 1.0 + at / 1e5) for at in range(15_000)]
        self.assertEqual(len(self.new(*rows, seconds=2)), 15_000)

    def test_the_time_is_one_that_the_module_passes_on(self) -> None:
        call = next(one for one in self.terminal.calls if one[0] == "copy_ticks_from")
        self.assertIs(type(call[1][1]), int)

    def test_after_a_reconnect_the_overlap_is_wider_once(self) -> None:
        self.new(tick(T + 70_000))
        self.terminal.quit()
        self.bench.run(0.3)
        self.terminal.running = True
        self.terminal.ticks["EURUSD"].insert(-1, tick(T + 20_000, 1.5))
        self.assertEqual(self.msc(self.bench.run(2)), [20_000])
        froms = [call[1][1] for call in self.terminal.calls if call[0] == "copy_ticks_from"]
        self.assertEqual(froms[-1], (T + 68_000) // 1000)

    def test_after_the_server_was_away_the_overlap_is_wider(self) -> None:
        self.new(tick(T + 70_000))
        self.terminal.connected = False
        self.assertFalse(only(self.bench.run(1), "state")["connected"])
        self.terminal.connected = True
        self.terminal.ticks["EURUSD"].insert(-1, tick(T + 20_000, 1.5))
        self.assertEqual(self.msc(self.bench.run(2)), [20_000])

    def test_the_last_millisecond_of_a_reading_that_is_cut_is_not_judged(self) -> None:
        one, two, three = (Tick.of(tick(T + 1, price)) for price in (1.1, 1.2, 1.3))
        tape = Tape(T + 1)
        self.assertEqual(tape.take([one, two, three], False).ticks, [three])
        self.assertEqual(tape.take([two, one], True), ([], 0))
        self.assertEqual(tape.take([two, one], False), ([], 1))

    def test_a_symbol_that_is_subscribed_twice_has_its_ticks_once(self) -> None:
        self.new(tick(T + 1))
        lines = self.bench.subscribe()
        self.assertEqual((len(of(lines, "symbol")), of(lines, "tick")), (1, []))
        self.assertEqual(self.new(tick(T + 2)), [2])

    def test_a_stray_old_tick_holds_nothing_up(self) -> None:
        self.new(tick(T - 3_600_000), seconds=1)
        self.assertEqual(self.new(tick(T + 10)), [10])


class Symbols(GatewayTest):
    def setUp(self) -> None:
        super().setUp()
        self.attached()

    def test_it_is_selected_before_it_is_asked_for(self) -> None:
        line = only(self.bench.subscribe(), "symbol")
        self.assertEqual((line["id"], line["info"]["name"]), (7, "EURUSD"))
        names = [call[0] for call in self.terminal.calls]
        self.assertLess(names.index("symbol_select"), names.index("symbol_info"))

    def test_a_symbol_that_changes_is_said_without_an_id(self) -> None:
        self.bench.subscribe()
        self.terminal.symbols["EURUSD"] = fake_mt5.eurusd(bid=1.2, time=5, trade_stops_level=7)
        line = only(self.bench.run(2), "symbol")
        self.assertEqual((line.get("id"), line["info"]["trade_stops_level"]), (None, 7))

    def test_a_price_that_changes_is_no_other_specification(self) -> None:
        self.bench.subscribe()
        self.terminal.symbols["EURUSD"] = fake_mt5.eurusd(bid=1.2, time=5)
        self.assertEqual(of(self.bench.run(2), "symbol"), [])

    def test_no_such_symbol_names_the_nearest(self) -> None:
        names = ("EURUSD.x", "GBPUSD.x", "XAUUSD")
        self.terminal.symbols = {name: fake_mt5.eurusd(name) for name in names}
        line = only(self.bench.subscribe("EURUSD"), "no_symbol")
        self.assertEqual(line["similar"][0], "EURUSD.x")
        self.assertNotIn("XAUUSD", line["similar"][:1])

    def test_a_terminal_that_knows_no_symbols_yet_is_asked_again(self) -> None:
        known, self.terminal.symbols = self.terminal.symbols, {}
        self.assertEqual(of(self.bench.subscribe(), "no_symbol"), [])
        self.terminal.symbols = known
        self.assertEqual(only(self.bench.run(1), "symbol")["id"], 7)

    def test_a_symbol_that_cannot_be_read_is_a_fault_about_it(self) -> None:
        self.terminal.fail("symbol_info", -1, times=4)
        fault = only(self.bench.subscribe() + self.bench.run(1), "fault")
        self.assertEqual((fault["code"], fault["about"]), ("-1", "7"))

    def test_a_symbol_without_a_tick_begins_with_its_first(self) -> None:
        self.bench.subscribe()
        self.terminal.add_ticks("EURUSD", tick(T))
        self.assertEqual(len(of(self.bench.run(0.1), "tick")), 1)


class Rates(GatewayTest):
    def setUp(self) -> None:
        super().setUp()
        self.attached()

    def rates(self, count: int, seconds: float = 2.0) -> List[Dict[str, Any]]:
        self.bench.send("rates", id=3, symbol="EURUSD", timeframe=1, count=count)
        return [line for line in self.bench.run(seconds) if line.get("id") == 3]

    def test_bars_oldest_first(self) -> None:
        rates, done = self.rates(3)
        self.assertEqual(
            [row[0] for row in rates["rows"]], [T // 1000 + 60 * at for at in (7, 8, 9)]
        )
        self.assertEqual(rates["rows"][0][1:], [1.1, 1.1, 1.1, 1.1, 10, 1, 0])
        self.assertTrue(done["complete"])

    def test_at_most_400_a_line_and_less_when_they_are_long(self) -> None:
        self.terminal.rates = [fake_mt5.rate(T // 1000 + at, 1 / 3) for at in range(1000)]
        self.assertEqual(
            [len(line["rows"]) for line in of(self.rates(1000), "rates")], [400, 400, 200]
        )
        wide = 12345.678901234567
        self.terminal.rates = [
            {**fake_mt5.rate(10**15, wide), "tick_volume": 2**64 - 1, "real_volume": 2**64 - 1}
            for _ in range(400)
        ]
        long = [
            {**row, "open": -1.2345678901234567e-100, "low": -1e-300 / 3}
            for row in self.terminal.rates
        ]
        self.terminal.rates = long
        lines = of(self.rates(400), "rates")
        self.assertEqual(sum(len(line["rows"]) for line in lines), 400)
        self.assertTrue(all(len(raw) < 65_536 for raw in self.bench.raw.splitlines()))

    def test_none_while_the_terminal_synchronises_is_repeated(self) -> None:
        self.terminal.fail("copy_rates_from_pos", -1, times=3)
        self.assertTrue(only(self.rates(3), "done")["complete"])

    def test_none_that_lasts_is_not_complete(self) -> None:
        self.terminal.fail("copy_rates_from_pos", -4, "Not found", times=9)
        lines = self.rates(3)
        self.assertEqual(of(lines, "rates"), [])
        self.assertEqual(lines[0]["error"], [-4, "Not found"])
        self.assertEqual(self.times("copy_rates_from_pos"), 4)

    def test_a_first_answer_that_is_short_is_not_published(self) -> None:
        full = self.terminal.rates
        self.terminal.answer("copy_rates_from_pos", [], full[-2:])
        rates, done = self.rates(10)
        self.assertEqual((len(rates["rows"]), done["complete"]), (10, True))

    def test_a_history_that_is_short_is_complete_when_it_stays_so(self) -> None:
        rates, done = self.rates(50)
        self.assertEqual((len(rates["rows"]), done["complete"]), (10, True))

    def test_a_history_that_still_grows_is_not_complete(self) -> None:
        rows = self.terminal.rates
        self.terminal.answer("copy_rates_from_pos", *(rows[:at] for at in range(4)))
        (done,) = self.rates(50)
        self.assertEqual((done["complete"], done["error"][0]), (False, "provisional"))

    def test_submits_and_ticks_go_on_while_it_waits(self) -> None:
        self.terminal.fail("copy_rates_from_pos", -1, times=3)
        self.rates(3, seconds=0.1)
        self.assertTrue(self.bench.buy()["sent"])
        self.bench.send("ping", id=4)
        kinds = [line["t"] for line in self.bench.run(2) if line["t"] in ("done", "pong")]
        self.assertEqual(kinds, ["done", "pong"])

    def test_bars_of_a_terminal_without_its_server_are_not_complete(self) -> None:
        self.terminal.connected = False
        self.assertEqual(self.rates(3)[-1]["error"][0], "connection")


if __name__ == "__main__":
    unittest.main()
