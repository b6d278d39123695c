"""The connection, orders and lines of the gateway."""

from __future__ import annotations

import io
import json
import locale
import tempfile
import unittest
from typing import Any, Dict, List
from unittest import mock

import fake_mt5
import tickdeck_gateway as gateway
from bench import SECRET, Bench, of, only


class GatewayTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        patch = mock.patch.object(tempfile, "tempdir", folder.name)
        patch.start()
        self.addCleanup(patch.stop)
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.terminal = self.bench.terminal

    def attached(self) -> List[Dict[str, Any]]:
        return self.bench.attach()

    def times(self, name: str) -> int:
        return sum(1 for call in self.terminal.calls if call[0] == name)


class Attaching(GatewayTest):
    def test_only_what_is_given_goes_to_initialize(self) -> None:
        lines = self.bench.attach(path="C:\\mt5\\terminal64.exe", login=1001, portable=True)
        name, args, given = self.terminal.calls[0]
        self.assertEqual((name, args), ("initialize", ("C:\\mt5\\terminal64.exe",)))
        self.assertEqual(given, {"login": 1001, "timeout": 5000, "portable": True})
        self.assertEqual([line["t"] for line in lines[:2]], ["attached", "state"])
        self.assertEqual(only(lines, "attached")["login"], 1001)

    def test_a_refused_attach_is_a_fault_and_submits_are_not_sent(self) -> None:
        self.terminal.fail("initialize", -6, "Terminal: Authorization failed")
        fault = only(self.attached(), "fault")
        self.assertEqual((fault["code"], fault["about"]), ("-6", "attach"))
        result = self.bench.buy()
        self.assertEqual((result["sent"], result["error"][0]), (False, "attach"))
        self.assertEqual(self.times("order_send"), 0)

    def test_an_error_that_the_module_cannot_say_is_told_in_the_letters_of_windows(self) -> None:
        self.terminal.running = False
        with mock.patch.object(locale, "getpreferredencoding", return_value="cp1252"):
            fault = only(self.bench.attach(path="C:\\Jürgen €\\terminal64.exe"), "fault")
        self.assertEqual((fault["code"], fault["about"]), ("exception", "attach"))
        self.assertIn("Process create failed 'C:\\Jürgen €\\terminal64.exe'", fault["text"])

    def test_an_initialize_that_returns_does_not_end_the_gateway_later(self) -> None:
        with mock.patch.object(gateway, "faulthandler") as watch:
            self.bench.attach(timeout_ms=5000)
        names = [call[0] for call in watch.method_calls]
        self.assertEqual(names, ["dump_traceback_later", "cancel_dump_traceback_later"])
        watch.dump_traceback_later.assert_called_once_with(25.0, exit=True, file=2)

    def test_a_terminal_that_is_not_logged_in_yet_is_waited_for(self) -> None:
        self.terminal.login = 0
        self.assertEqual(of(self.attached(), "attached"), [])
        self.terminal.login = 1001
        self.assertEqual(only(self.bench.run(0.3), "attached")["login"], 1001)

    def test_a_terminal_that_never_logs_in_is_a_fault(self) -> None:
        self.terminal.login = 0
        lines = self.attached() + self.bench.run(6)
        self.assertEqual(only(lines, "fault")["code"], "account")

    def test_a_terminal_is_attached_once(self) -> None:
        self.attached()
        fault = only(self.attached(), "fault")
        self.assertEqual((fault["code"], fault["about"]), ("line", "attach"))
        self.assertEqual(self.times("initialize"), 1)

    def test_another_schema_is_refused(self) -> None:
        fault = only(self.bench.attach(schema=2), "fault")
        self.assertEqual(fault["code"], "schema")
        self.assertEqual(self.times("initialize"), 0)

    def test_a_second_gateway_waits_for_the_lock_and_says_so_once_a_second(self) -> None:
        first = gateway.TerminalLock(None)
        self.assertTrue(first.take())
        lines = self.attached() + self.bench.run(2.5)
        self.assertEqual([line["code"] for line in lines], ["locked"] * 3)
        self.assertEqual(self.times("initialize"), 0)
        first.release()
        self.assertEqual(len(of(self.bench.run(1), "attached")), 1)

    def test_one_terminal_has_one_gateway_whatever_its_program_is_called_by(self) -> None:
        self.terminal.data_path = "/mt5/data"
        first = gateway.TerminalLock("/mt5/data")
        self.assertTrue(first.take())
        lines = self.bench.attach(path="/mt5/by-another-name") + self.bench.run(6)
        self.assertEqual(of(lines, "attached"), [])
        fault = only(lines, "fault")
        self.assertEqual((fault["code"], fault["about"]), ("locked", "attach"))
        first.release()
        self.assertEqual(len(of(self.bench.attach(path="/mt5/by-another-name"), "attached")), 1)

    def test_two_terminals_do_not_wait_for_each_other(self) -> None:
        first = gateway.TerminalLock("/mt5/one")
        self.addCleanup(first.release)
        self.assertTrue(first.take())
        self.assertEqual(len(of(self.bench.attach(path="/mt5/two"), "attached")), 1)

    def test_no_line_holds_the_password(self) -> None:
        written = [SECRET, repr(SECRET)[1:-1], json.dumps(SECRET)[1:-1]]
        self.terminal.fail("initialize", -6, "no " + " or ".join(written))
        self.bench.attach(password=SECRET)
        self.terminal.before["account_info"] = mock.Mock(side_effect=ValueError(SECRET))
        self.bench.attach(password=SECRET)
        for text in (SECRET, SECRET.upper()):
            with mock.patch.object(fake_mt5, "initialize", side_effect=KeyError(text)):
                self.bench.attach(password=SECRET)
        del self.terminal.before["account_info"]
        self.bench.attach(password=SECRET)
        self.terminal.raises = RuntimeError(repr(SECRET))
        self.bench.buy()
        self.bench.send("attach", password=SECRET)
        self.bench.run(1)
        self.assertEqual(len(of(self.lines(), "fault")), 5)
        self.assertEqual(len(of(self.lines(), "attached")), 1)
        self.assertNotIn("sw0rd", self.bench.raw.decode().lower())

    def lines(self) -> List[Dict[str, Any]]:
        return [json.loads(line) for line in self.bench.raw.splitlines()]

    def test_state_is_said_on_change(self) -> None:
        self.attached()
        self.terminal.trade_allowed = False
        self.assertFalse(only(self.bench.run(1), "state")["trade_allowed"])
        self.terminal.tradeapi_disabled = True
        self.assertTrue(only(self.bench.run(1), "state")["tradeapi_disabled"])
        self.assertEqual(of(self.bench.run(1), "state"), [])

    def test_a_heartbeat_each_second_while_the_module_answers(self) -> None:
        self.attached()
        beats = of(self.bench.run(5), "heartbeat")
        self.assertEqual(len(beats), 5)
        self.assertEqual(beats[0]["ping_us"], 21_500)
        self.terminal.quit()
        self.assertEqual(of(self.bench.run(5), "heartbeat"), [])


class Reconnecting(GatewayTest):
    def setUp(self) -> None:
        super().setUp()
        self.terminal.add_ticks("EURUSD", fake_mt5.tick(1_700_000_000_000))
        self.attached()
        self.bench.subscribe()

    def test_the_back_off_doubles_to_thirty_seconds(self) -> None:
        self.terminal.quit()
        self.bench.run(0.3)
        lost_s = self.bench.clock.now_s
        tried: List[float] = []
        real = fake_mt5.initialize

        def noted(*args: Any, **given: Any) -> bool:
            tried.append(self.bench.clock.now_s - lost_s)
            return real(*args, **given)

        with mock.patch.object(fake_mt5, "initialize", noted):
            self.bench.run(130)
        gaps = [after - before for before, after in zip(tried, tried[1:])]
        self.assertLessEqual(tried[0], 0.5)
        self.assertEqual([round(gap) for gap in gaps], [1, 2, 4, 8, 16, 30, 30, 30])

    def test_a_connection_that_was_sound_starts_the_back_off_anew(self) -> None:
        for away_s, sound_s in ((0.4, 5), (0.9, 5), (1.9, 31), (0.4, 5)):
            self.terminal.fail("positions_get", -10005)
            self.bench.run(0.3)
            self.assertEqual(of(self.bench.run(away_s - 0.3), "attached"), [])
            self.assertEqual(len(of(self.bench.run(0.5), "attached")), 1)
            self.bench.run(sound_s)

    def test_it_attaches_again_and_selects_its_symbols(self) -> None:
        self.terminal.quit()
        lines = self.bench.run(0.3)
        self.assertEqual(only(lines, "fault")["code"], "-10004")
        self.assertFalse(only(lines, "state")["connected"])
        self.terminal.running = True
        self.terminal.selected.clear()
        lines = self.bench.run(2)
        self.assertEqual(only(lines, "attached")["login"], 1001)
        self.assertTrue(only(lines, "state")["connected"])
        self.assertEqual(self.terminal.selected, {"EURUSD"})

    def test_each_lost_connection_code_shuts_the_module_down(self) -> None:
        for code in range(-10005, -10000):
            with self.subTest(code=code):
                before = self.times("shutdown")
                self.terminal.fail("positions_get", code)
                lines = self.bench.run(40)
                self.assertEqual(only(lines, "fault")["code"], str(code))
                self.assertEqual(self.times("shutdown"), before + 1)
                self.assertEqual(len(of(lines, "attached")), 1)

    def test_another_failure_does_not(self) -> None:
        self.terminal.fail("positions_get", -1)
        self.bench.run(1)
        self.assertEqual(self.times("shutdown"), 0)

    def test_another_account_gets_no_order_and_its_positions_are_not_gone(self) -> None:
        self.terminal.positions[5] = fake_mt5.position(5)
        self.bench.run(1)
        self.terminal.quit()
        self.bench.run(0.3)
        self.terminal.running = True
        self.terminal.login = 2002
        self.terminal.positions.clear()
        lines = self.bench.run(3)
        self.assertEqual(only(lines, "attached")["login"], 2002)
        self.assertEqual(of(lines, "gone"), [])
        result = self.bench.buy()
        self.assertEqual((result["sent"], result["error"][0]), (False, "account"))
        self.assertEqual(self.terminal.executed, [])

    def test_an_account_that_changes_between_two_polls_gets_no_order(self) -> None:
        self.terminal.login = 2002
        self.assertEqual(self.bench.buy()["error"][0], "account")
        self.assertEqual(
            only(self.bench.run(0.1) + self.bench.run(1), "heartbeat")["t"], "heartbeat"
        )
        self.assertEqual(self.terminal.executed, [])

    def test_an_account_that_changes_makes_a_reading_incomplete(self) -> None:
        self.bench.read()

        def changes() -> None:
            self.terminal.login = 2002

        self.terminal.before["history_deals_get"] = changes
        done = self.bench.read(0.001)[-1]
        self.assertEqual((done["complete"], done["error"][0]), (False, "account"))

    def test_a_terminal_that_is_logged_out_for_a_while_is_no_other_account(self) -> None:
        self.terminal.positions[5] = fake_mt5.position(5)
        self.bench.run(1)
        self.terminal.login = 0
        self.terminal.positions.clear()
        lines = self.bench.run(2)
        self.assertEqual((of(lines, "attached"), of(lines, "gone")), ([], []))
        self.assertEqual(self.bench.buy()["error"][0], "account")

    def test_a_symbol_that_cannot_be_selected_again_is_a_fault(self) -> None:
        self.terminal.quit()
        self.bench.run(0.3)
        self.terminal.running = True
        self.terminal.symbols.clear()
        self.assertEqual(only(self.bench.run(1), "fault")["about"], "EURUSD")

    def test_submits_while_the_terminal_is_away_are_not_sent(self) -> None:
        self.terminal.quit()
        self.bench.run(0.3)
        self.assertEqual(self.bench.buy()["error"][0], "attach")


class Orders(GatewayTest):
    def setUp(self) -> None:
        super().setUp()
        self.attached()

    def test_the_answer_of_a_request_that_was_executed(self) -> None:
        result = self.bench.buy(comment="key", magic=2**64 - 1)
        self.assertTrue(result["sent"])
        self.assertEqual(set(result["answer"]), set(gateway.ORDER_ANSWERS))
        self.assertEqual(result["answer"]["retcode"], 10009)
        request = self.terminal.executed[0]
        self.assertEqual((type(request["volume"]), type(request["price"])), (float, float))
        self.assertEqual(request["magic"], 2**64 - 1)

    def test_the_request_is_the_only_argument(self) -> None:
        self.bench.buy()
        name, args, given = next(call for call in self.terminal.calls if call[0] == "order_send")
        self.assertEqual((len(args), given), (1, {}))

    def test_malformed_requests_are_not_sent(self) -> None:
        bad: List[Dict[str, Any]] = [
            {"volume": True}, {"volume": "1"}, {"volume": 10**400}, {"sl": [1]}, {"magic": -1},
            {"magic": 2**64}, {"magic": 1.0}, {"deviation": True}, {"type": 2**31},
            {"comment": "x" * 30}, {"comment": "\U0001f600" * 15}, {"comment": 5},
            {"comment": "\ud83d"}, {"comment": "a\0b"}, {"ticket": 5}, {"expiration": "now"},
        ]  # fmt: skip
        for at, fields in enumerate(bad):
            with self.subTest(fields=fields):
                result = self.bench.buy(f"c{at}", **fields)
                self.assertEqual((result["sent"], result["error"][0]), (False, "request"))
        self.assertEqual(self.bench.submit("none", symbol="EURUSD")["error"][0], "request")
        self.assertEqual(self.times("order_send"), 0)

    def test_a_comment_may_have_29_utf16_units(self) -> None:
        self.assertTrue(self.bench.buy(comment="\U0001f600" * 14 + "x")["sent"])

    def test_what_is_no_number_is_not_sent(self) -> None:
        for at, text in enumerate(("NaN", "Infinity", "-Infinity", "1e999")):
            raw = (
                '{"t":"submit","cid":"n%d","not_after_utc_ms":%d,"request":{"action":1,"sl":%s}}\n'
            )
            self.bench.inbox.put((raw % (at, 2**50, text)).encode())
        lines = self.bench.run(0.001)
        self.assertEqual([line["code"] for line in of(lines, "fault")], ["line"] * 3)
        self.assertEqual(only(lines, "result")["error"][0], "request")
        self.assertEqual(self.times("order_send"), 0)

    def test_a_submit_without_its_fields_still_has_a_result(self) -> None:
        some: List[Dict[str, Any]] = [{}, {"request": {}}, {"not_after_utc_ms": True}]
        for at, fields in enumerate(some):
            self.bench.send("submit", cid=at, **fields)
        results = of(self.bench.run(0.001), "result")
        self.assertEqual([one["error"][0] for one in results], ["request"] * 3)

    def test_a_cid_is_sent_once(self) -> None:
        self.assertTrue(self.bench.buy("same")["sent"])
        again = self.bench.buy("same")
        self.assertEqual((again["sent"], again["error"][0]), (False, "request"))
        self.assertEqual(len(self.terminal.executed), 1)

    def test_no_order_from_the_grave(self) -> None:
        late = self.bench.submit("late", -1, action=1, symbol="EURUSD", volume=1)
        self.assertEqual((late["sent"], late["error"][0]), (False, "late"))
        in_time = self.bench.submit("now", 0, action=1, symbol="EURUSD", volume=1)
        self.assertTrue(in_time["sent"])
        self.assertEqual(len(self.terminal.executed), 1)

    def test_the_time_is_looked_at_after_the_account(self) -> None:
        def slowly() -> None:
            del self.terminal.before["account_info"]
            self.bench.clock.now_s += 6

        self.terminal.before["account_info"] = slowly
        self.assertEqual(self.bench.buy()["error"][0], "late")

    def test_none_after_it_was_executed_is_sent_with_the_error(self) -> None:
        for code in (-1, -10001, -10005):
            with self.subTest(code=code):
                self.terminal.lost_answer = (code, "IPC timeout")
                result = self.bench.buy(f"c{code}")
                self.assertEqual((result["sent"], result["error"]), (True, [code, "IPC timeout"]))
                self.bench.run(40)
        self.assertEqual(len(self.terminal.executed), 3)

    def test_an_exception_after_it_was_executed_is_sent_with_the_error(self) -> None:
        self.terminal.raises = SystemError("no result")
        result = self.bench.buy()
        self.assertEqual(
            (result["sent"], result["error"]), (True, ["exception", "SystemError: no result"])
        )

    def test_an_answer_that_cannot_be_written_is_still_a_result(self) -> None:
        request = fake_mt5.told({})
        answer = fake_mt5.OrderSendResult(
            10009, 1, 1, 1.0, float("nan"), 0.0, 0.0, "", 1, 0, request
        )
        self.terminal.answer("order_send", answer)
        result = self.bench.buy()
        self.assertEqual((result["sent"], result["error"][0]), (True, "exception"))

    def test_retcodes_are_passed_on(self) -> None:
        for retcode in (10004, 10008, 10012, 10016, 10030, 10031):
            self.terminal.retcode = retcode
            answer = self.bench.buy(f"c{retcode}")["answer"]
            self.assertEqual(answer["retcode"], retcode)

    def test_a_comment_that_the_broker_cuts_is_reported_as_it_is(self) -> None:
        self.terminal.comment_max = 4
        self.bench.send(
            "submit",
            cid="c",
            not_after_utc_ms=2**50,
            request={"action": 1, "symbol": "EURUSD", "volume": 1, "comment": "k3f9a0"},
        )
        self.assertEqual(only(self.bench.run(0.5), "deal")["row"]["comment"], "k3f9")

    def test_trading_that_the_terminal_forbids_is_answered_10027(self) -> None:
        self.terminal.trade_allowed = False
        self.assertEqual(self.bench.buy()["answer"]["retcode"], 10027)

    def test_an_order_without_its_deal_yet_and_the_deal_when_it_is_seen(self) -> None:
        self.terminal.hold_deals = True
        answer = self.bench.buy()["answer"]
        self.assertEqual(answer["deal"], 0)
        self.assertEqual(of(self.bench.run(1), "deal"), [])
        self.terminal.release_deals()
        row = only(self.bench.run(1), "deal")["row"]
        self.assertEqual(row["order"], answer["order"])

    def test_a_comment_that_the_broker_cuts_inside_a_character_is_still_a_line(self) -> None:
        self.terminal.positions[1] = fake_mt5.position(1, comment="a\ud83d")
        self.assertEqual(only(self.bench.run(1), "position")["row"]["comment"], "a?")

    def test_the_book_is_read_right_after_a_submit(self) -> None:
        self.bench.run(0.3)
        self.bench.send(
            "submit",
            cid=1,
            not_after_utc_ms=2**50,
            request={"action": 1, "symbol": "EURUSD", "volume": 1},
        )
        kinds = [line["t"] for line in self.bench.run(0.001)]
        self.assertEqual(kinds[:4], ["result", "position", "history_order", "deal"])

    def test_submits_go_before_what_came_earlier(self) -> None:
        self.bench.send("ping", id=1)
        self.bench.send("check", id=2, request={"action": 1, "volume": 1})
        self.bench.send("submit", cid="c", not_after_utc_ms=2**50, request={"action": 1})
        kinds = [line["t"] for line in self.bench.run(0.001)]
        asked = [kind for kind in kinds if kind in ("result", "pong", "checked")]
        self.assertEqual(asked, ["result", "pong", "checked"])

    def test_a_submit_goes_between_the_calls_of_a_reading(self) -> None:
        def arrives() -> None:
            del self.terminal.before["history_orders_get"]
            self.bench.send("submit", cid="c", not_after_utc_ms=2**50, request={"action": 7})

        self.terminal.before["history_orders_get"] = arrives
        self.terminal.answer("order_send", None)
        self.bench.read(0)
        names = [call[0] for call in self.terminal.calls]
        sent = names.index("order_send")
        self.assertIn("history_deals_get", names[sent:])
        self.assertIn("history_orders_get", names[:sent])

    def test_a_submit_goes_between_two_symbols(self) -> None:
        self.terminal.symbols["XAUUSD"] = fake_mt5.eurusd("XAUUSD")
        self.bench.subscribe()
        self.bench.subscribe("XAUUSD")

        def arrives() -> None:
            del self.terminal.before["symbol_info_tick"]
            self.terminal.calls.clear()
            self.bench.send("submit", cid="c", not_after_utc_ms=2**50, request={"action": 7})

        self.terminal.answer("order_send", None)
        self.terminal.before["symbol_info_tick"] = arrives
        self.bench.run(0.02)
        names = [call[0] for call in self.terminal.calls]
        self.assertLess(names.index("order_send"), names.index("symbol_info_tick"))

    def test_a_request_that_does_not_pass_its_check_is_not_sent(self) -> None:
        request = {"action": 1, "symbol": "EURUSD", "volume": 0.1}

        def sent(cid: str) -> Dict[str, Any]:
            fields = {"not_after_utc_ms": 2**50, "check": True, "request": request}
            self.bench.send("submit", cid=cid, **fields)
            return only(self.bench.run(0.001), "result")

        self.assertTrue(sent("passes")["sent"])
        no_money = fake_mt5.OrderCheckResult(10019, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, "No money", None)
        self.terminal.answer("order_check", no_money)
        refused = sent("no money")
        self.assertFalse(refused["sent"])
        self.assertEqual(refused["check"], {"retcode": 10019, "comment": "No money"})
        self.terminal.fail("order_check", -2, "Invalid")
        self.assertEqual(sent("invalid")["error"], [-2, "Invalid"])
        self.assertEqual(self.times("order_send"), 1)

    def test_a_check_that_takes_too_long_sends_nothing(self) -> None:
        def slowly() -> None:
            self.bench.clock.now_s += 6

        self.terminal.before["order_check"] = slowly
        fields = {"not_after_utc_ms": self.bench.clock.utc_ms() + 5_000, "check": True}
        request = {"action": 1, "symbol": "EURUSD", "volume": 0.1}
        self.bench.send("submit", cid="c", request=request, **fields)
        result = only(self.bench.run(0.001), "result")
        self.assertEqual((result["sent"], result["error"][0]), (False, "late"))
        self.assertEqual(self.times("order_send"), 0)

    def test_order_check(self) -> None:
        self.bench.send("check", id=1, request={"action": 1, "volume": 1})
        self.bench.send("check", id=2, request={"action": 1, "volume": "1"})
        self.bench.run(0)
        self.terminal.fail("order_check", -2, "Invalid")
        self.bench.send("check", id=3, request={"action": 1})
        self.bench.run(0)
        lines = [json.loads(line) for line in self.bench.raw.splitlines()]
        good, bad, none = of(lines, "checked")
        self.assertEqual(set(good["answer"]), set(gateway.CHECK_ANSWERS))
        self.assertEqual(bad["error"][0], "request")
        self.assertEqual(none["error"], [-2, "Invalid"])


class Lines(GatewayTest):
    def test_lines_that_cannot_be_read_are_faults_and_the_loop_goes_on(self) -> None:
        for raw in (
            b"\n", b"no json\n", b"[]\n", b"{}\n", b'{"t":"nonsense"}\n', b"\xff\n",
            b'{"t":"ping"}\n', b'{"t":"ping","id":true}\n', b'{"t":"read","id":1}\n',
            b'{"t":"rates","id":1,"symbol":"E","timeframe":1,"count":0}\n', b"[" * 60_000 + b"\n",
        ):  # fmt: skip
            self.bench.inbox.put(raw)
        self.bench.send("ping", id=1, unknown=1)
        lines = self.bench.run(0)
        self.assertEqual([line["code"] for line in of(lines, "fault")], ["line"] * 11)
        self.assertEqual(only(lines, "pong")["id"], 1)

    def test_a_bad_line_names_its_id_or_kind_and_no_value(self) -> None:
        self.bench.send("attach", schema=1, password=SECRET, timeout_ms="soon")
        self.bench.send("read", id=4, since_s=-1)
        attach, read = self.bench.run(0)
        self.assertEqual((attach["about"], read["about"]), ("attach", "4"))
        self.assertIn("timeout_ms", attach["text"])
        self.assertNotIn("sw0rd", self.bench.raw.decode())

    def test_the_longest_line_is_read_and_a_longer_one_is_skipped(self) -> None:
        start, end = b'{"t":"ping","id":1,"x":"', b'"}\n'
        full = start + b"x" * (65_536 - len(start) - len(end)) + end
        longer = full.replace(b"xx", b"xxx", 1)
        last = b'{"t":"ping","id":2}\n'
        inbox = gateway.Inbox()
        gateway.fill(io.BytesIO(full + longer + longer * 2 + last), inbox)
        kinds = [type(inbox.other()) for _ in range(5)]
        line, bad = gateway.Line, gateway.BadLine
        self.assertEqual(kinds, [line, bad, bad, bad, line])

    def test_the_end_of_the_input_discards_what_was_not_begun(self) -> None:
        self.attached()
        for kind in ("detach", "end"):
            with self.subTest(kind=kind):
                inbox = gateway.Inbox()
                raw = b'{"t":"submit","cid":1,"not_after_utc_ms":9999999999999,"request":{}}\n'
                tail = b'{"t":"detach"}\n' if kind == "detach" else raw[:-1]
                gateway.read_lines(io.BytesIO(raw + tail), inbox)
                self.assertTrue(inbox.ended)
                self.assertIsNone(inbox.submit())

    def test_detach_shuts_the_module_down_and_sends_nothing(self) -> None:
        self.attached()
        request = {"action": 1, "symbol": "EURUSD", "volume": 1}
        self.bench.send("submit", cid="c", not_after_utc_ms=2**50, request=request)
        self.bench.send("detach")
        self.bench.gateway.run()
        self.assertEqual(self.terminal.executed, [])
        self.assertEqual(self.times("shutdown"), 1)

    def test_an_exception_in_a_line_is_a_fault_about_it(self) -> None:
        self.attached()
        self.terminal.before["order_check"] = mock.Mock(side_effect=ZeroDivisionError("oh"))
        self.bench.send("check", id=4, request={"action": 1})
        self.bench.send("ping", id=5)
        lines = self.bench.run(0)
        fault = only(lines, "fault")
        self.assertEqual((fault["code"], fault["about"]), ("exception", "4"))
        self.assertEqual(fault["text"], "ZeroDivisionError: oh")
        self.assertEqual(only(lines, "pong")["id"], 5)

    def test_an_exception_that_lasts_is_said_once_a_second(self) -> None:
        self.attached()
        self.terminal.before["orders_get"] = mock.Mock(side_effect=ZeroDivisionError("oh"))
        lines = self.bench.run(3)
        self.assertIn(len(of(lines, "fault")), (2, 3))
        self.assertEqual(len(of(lines, "heartbeat")), 3)

    def test_the_module_that_cannot_be_imported(self) -> None:
        target = io.BytesIO()
        with mock.patch.object(gateway, "protocol_streams", return_value=(io.BytesIO(), target)):
            with mock.patch.dict("sys.modules", {"MetaTrader5": None}):
                self.assertEqual(gateway.main(), gateway.EXIT_NO_MODULE)
        hello, fault = (json.loads(line) for line in target.getvalue().splitlines())
        self.assertEqual((hello["t"], hello["schema"]), ("hello", 1))
        self.assertEqual((fault["t"], fault["code"]), ("fault", "module"))


if __name__ == "__main__":
    unittest.main()
