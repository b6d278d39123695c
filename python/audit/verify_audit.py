"""Checks the audit of tickdeck's live sessions without tickdeck: Python's standard library is all that it needs.

    python3 verify_audit.py FOLDER

For each account in the folder of the recordings:
1. the SHA-256 chain beside each recording is computed again over the bytes of its lines and files, and must follow
   on that of the recording before it;
2. each request, result, trade, report, alert, command and deal in a recording's lines must have one row in the
   database, with the same input number and the same values, and no row may be without a line.

It ends with 0 when everything agrees, with 1 when something does not, which is told.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Iterator

ENDING = ".audit.sqlite"
# How many differences of a kind are told for a recording.
TOLD_MAX = 5

Row = tuple[Any, ...]


def files_of(recording: Path) -> list[str]:
    """The files of a recording, by the bytes of their paths."""
    files = (path for path in recording.rglob("*") if path.is_file())
    return sorted((path.relative_to(recording).as_posix() for path in files), key=str.encode)


def chain_of(recording: Path, head: str) -> Iterator[str]:
    """The lines of the chain of a recording, after its first."""
    link = head.split(" ")[0].encode()
    yield head
    for name in files_of(recording):
        with open(recording / name, "rb") as file:
            if name.endswith(".jsonl"):
                for number, line in enumerate(file, 1):
                    link = hashlib.sha256(link + line).hexdigest().encode()
                    yield f"{link.decode()} {name}:{number}"
            else:
                digest = hashlib.sha256(link)
                while piece := file.read(1 << 18):
                    digest.update(piece)
                link = digest.hexdigest().encode()
                yield f"{link.decode()} {name}"


def check_chain(recording: Path, before: Path | None) -> Iterator[str]:
    """What is wrong with the chain beside a recording."""
    written = lines_beside(recording)
    if not written:
        yield f"{recording.name}: its hashes are gone, or were never written"
        return
    follows = before and f"{lines_beside(before)[-1].split(' ')[0]} after {before.name}"
    head = follows or written[0]
    derived = list(chain_of(recording, head))
    for ours, theirs in zip(derived, written):
        if ours != theirs:
            yield f"{recording.name}: {ours.split(' ', 1)[1]} is not what it was when the session was recorded"
            return
    if len(derived) != len(written):
        yield f"{recording.name}: its chain has {len(written)} lines, and there are {len(derived)}"


def lines_beside(recording: Path) -> list[str]:
    path = Path(f"{recording}.sha256")
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def json_lines(path: Path) -> Iterator[dict[str, Any]]:
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def same(value: Any) -> str:
    """A text that is the same for equal values of JSON."""
    return json.dumps(value, sort_keys=True)


def number(text: str | None) -> float | None:
    return None if text is None else float(text)


class Lines:
    """What the lines of a recording say, as rows of the tables."""

    def __init__(self, recording: Path, deals: set[int]) -> None:
        self.rows: dict[str, Counter[Row]] = {name: Counter() for name in QUESTIONS}
        self.deals = deals
        for line in json_lines(recording / "inputs.jsonl"):
            self.take_input(line)
        for line in json_lines(recording / "actions.jsonl"):
            for action in line["actions"]:
                self.take_action(line["seq"], action)

    def take_input(self, line: dict[str, Any]) -> None:
        event = line.get("event")
        if not isinstance(event, dict):
            return
        if "command" in event or "start" in event:
            self.rows["commands"][(line["seq"],)] += 1
        news = event.get("broker")
        if not isinstance(news, dict):
            return
        told = [news["deal"]] if "deal" in news else news.get("snapshot", {}).get("history_deals", [])
        for deal in told:
            # History tells a deal again and again.
            if deal["ticket"] not in self.deals:
                self.deals.add(deal["ticket"])
                row = (line["seq"], deal["ticket"], deal["order"], deal["position"])
                amounts = (number(deal["volume"]), number(deal["price"]), number(deal["profit"]))
                self.rows["deals"][row + amounts] += 1

    def take_action(self, seq: int, action: dict[str, Any]) -> None:
        if trade := action.get("trade"):
            self.rows["orders"][(seq, trade["cid"], trade["key"], trade["magic"])] += 1
        elif result := action.get("result"):
            row: Row = (seq, result["id"], result["status"], result["code"], result["strategy"])
            self.rows["results"][row] += 1
        elif report := action.get("report"):
            ((kind, told),) = report.items()
            if kind == "closed":
                row = (seq, told["position"], number(told["volume"]), number(told["profit"]))
                self.rows["trades"][row] += 1
            else:
                self.rows["events"][(seq, same(told))] += 1


QUESTIONS = {
    "orders": "SELECT seq, cid, intent_key, magic FROM orders WHERE run_id = ?",
    "results": "SELECT seq, command_id, status, code, strategy_id FROM results WHERE run_id = ?",
    "trades": "SELECT seq, position_ticket, volume, profit FROM trades WHERE run_id = ?",
    "events": "SELECT seq, details FROM events WHERE run_id = ?",
    "commands": "SELECT seq FROM commands WHERE run_id = ?",
    "deals": "SELECT seq, deal, mt5_order_id, position_ticket, volume, price, profit FROM deals WHERE run_id = ?",
}


def check_rows(database: sqlite3.Connection, recording: Path, deals: set[int]) -> Iterator[str]:
    """Where the rows of a recording and its lines differ."""
    lines = Lines(recording, deals)
    for table, question in QUESTIONS.items():
        rows: Counter[Row] = Counter(tuple(row) for row in database.execute(question, (recording.name,)))
        if table == "events":
            rows = Counter((seq, same(json.loads(details))) for seq, details in rows.elements())
        for missing in list((lines.rows[table] - rows).elements())[:TOLD_MAX]:
            yield f"{recording.name}: {table} lacks {missing}"
        for surplus in list((rows - lines.rows[table]).elements())[:TOLD_MAX]:
            yield f"{recording.name}: {table} has {surplus}, which no line tells"


def check_account(path: Path) -> Iterator[str]:
    account = path.name[: -len(ENDING)]
    recordings = sorted(one for one in path.parent.glob(f"{account}-*") if one.is_dir())
    database = sqlite3.connect(path)
    runs = {run_id for (run_id,) in database.execute("SELECT run_id FROM runs")}
    if account.startswith(("dry-", "rehearsal-")):
        # A simulated account begins anew with each session, and so does its audit.
        recordings = [recording for recording in recordings if recording.name in runs]
    names = {recording.name for recording in recordings}
    for run_id in sorted(runs - names):
        print(f"{run_id}: its recording is not here, so nothing is said of its rows")
    for table in QUESTIONS:
        rows = database.execute(f"SELECT run_id FROM {table} WHERE seq IS NOT NULL")
        if strays := sum(run_id not in runs for (run_id,) in rows):
            yield f"{table} has {strays} rows of a run that it does not know"
    # What recordings that are not here have told of is not told again.
    deals = {deal for run_id, deal in database.execute("SELECT run_id, deal FROM deals") if run_id not in names}
    before = None
    for recording in recordings:
        yield from check_chain(recording, before)
        yield from check_rows(database, recording, deals)
        before = recording if lines_beside(recording) else None
    database.close()
    print(f"{account}: {len(recordings)} recordings checked")


def main(folder: Path) -> int:
    databases = sorted(folder.glob(f"*{ENDING}"))
    if not databases:
        print(f"{folder}: there is no audit (*{ENDING}) in it", file=sys.stderr)
        return 2
    differences = [difference for path in databases for difference in check_account(path)]
    for difference in differences:
        print(difference)
    return 1 if differences else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: verify_audit.py FOLDER")
    sys.exit(main(Path(sys.argv[1])))
