"""The gateway between tickdeck and a MetaTrader 5 terminal.

It owns the official ``MetaTrader5`` module and speaks the protocol of ``src/live/mt5/protocol.md``
on standard input and output. tickdeck starts it; by hand it is of no use. Start reading at
``Gateway.step``.

Every call of the module blocks the whole interpreter, so one thread makes all of them, and submits
are looked for between any two.

It needs Python 3.8, the standard library and ``MetaTrader5``.
"""

from __future__ import annotations

import contextlib
import difflib
import faulthandler
import hashlib
import importlib
import json
import locale
import math
import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import (
    Any,
    BinaryIO,
    Callable,
    Deque,
    Dict,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    NoReturn,
    Optional,
    Sequence,
    Set,
    Tuple,
    Type,
    TypeVar,
    Union,
)

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

SCHEMA = 1
LINE_BYTES_MAX = 65_536
TEXT_CHARS_MAX = 500
EXIT_NO_MODULE = 3
STANDARD_ERROR = 2

HEARTBEAT_S = 1.0
#: Ticks are read at least this often: that the newest tick has not changed proves nothing.
TICKS_S_MAX = 1.0
TICK_RETRY_S_MIN, TICK_RETRY_S_MAX = 0.05, 1.0
RECONNECT_S = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
#: A connection that has held this long is sound, and the next loss starts the back-off anew.
STABLE_S = 30.0
LOCK_RETRY_S = 1.0
#: By how much ``initialize`` may exceed its own time-out, which it does not always keep. The
#: executor is less patient: this ends a gateway whose executor is gone.
HANG_S = 20.0
#: How long readings must lack a position before it is gone, and how long a terminal may load the
#: account after it was attached.
GONE_S = 1.0
LOADING_S = 5.0
RETRY_S, TRIES_MAX = 0.2, 4

OVERLAP_MSC, WIDE_OVERLAP_MSC = 2_000, 60_000
TICKS_A_READ, TICKS_A_READ_MAX = 4_096, 1 << 20
COPY_TICKS_ALL = -1
#: Bits above are undocumented and differ between two readings of one tick.
TICK_FLAGS = 0x7F
RATES_A_LINE = 400
DAY_S = 86_400
HISTORY_PIECE_S, HISTORY_PIECES_MAX = 90 * DAY_S, 64
TEXT_UNITS_MAX = 29

#: The word for what the terminal gives while it has not loaded all of it.
PROVISIONAL = "provisional"
CONNECTION_LOST = frozenset(range(-10005, -10000))

CHECK_ANSWERS = (
    "retcode", "balance", "equity", "margin", "margin_free", "margin_level", "comment",
)  # fmt: skip
#: What ``order_check`` says when it has nothing against a request: 0, as documented, or as ``order_send`` does.
CHECK_PASSED = (0, 10009)
ORDER_ANSWERS = (
    "retcode", "order", "deal", "volume", "price", "bid", "ask", "comment", "request_id",
    "retcode_external",
)  # fmt: skip
POSITION = (
    "ticket", "time", "time_msc", "time_update", "time_update_msc", "type", "magic", "identifier",
    "reason", "volume", "price_open", "sl", "tp", "price_current", "swap", "profit", "symbol",
    "comment", "external_id",
)  # fmt: skip
ORDER = (
    "ticket", "time_setup", "time_setup_msc", "time_done", "time_done_msc", "time_expiration",
    "type", "type_time", "type_filling", "state", "magic", "position_id", "position_by_id",
    "reason", "volume_initial", "volume_current", "price_open", "sl", "tp", "price_current",
    "price_stoplimit", "symbol", "comment", "external_id",
)  # fmt: skip
DEAL = (
    "ticket", "order", "time", "time_msc", "type", "entry", "magic", "position_id", "reason",
    "volume", "price", "commission", "swap", "profit", "fee", "symbol", "comment", "external_id",
)  # fmt: skip
#: What a specification is; what moves with each tick is no part of it.
SYMBOL_INFO = (
    "name", "description", "path", "digits", "point", "spread_float", "trade_calc_mode",
    "trade_mode", "trade_exemode", "trade_tick_size", "trade_tick_value", "trade_tick_value_profit",
    "trade_tick_value_loss", "trade_contract_size", "trade_stops_level", "trade_freeze_level",
    "filling_mode", "order_mode", "expiration_mode", "order_gtc_mode", "start_time",
    "expiration_time", "volume_min", "volume_max", "volume_step", "volume_limit", "swap_mode",
    "swap_long", "swap_short", "swap_rollover3days", "margin_initial", "margin_maintenance",
    "margin_hedged", "margin_hedged_use_leg", "currency_base", "currency_profit", "currency_margin",
)  # fmt: skip
ATTACHED = (
    "login", "server", "trade_mode", "margin_mode", "currency", "currency_digits", "leverage",
    "company",
)  # fmt: skip
ACCOUNT = {
    "balance": "balance", "credit": "credit", "margin": "margin", "equity": "equity",
    "so_call": "margin_so_call", "so_so": "margin_so_so", "so_mode": "margin_so_mode",
    "trade_allowed": "trade_allowed", "trade_expert": "trade_expert",
}  # fmt: skip
RATE_FLOATS = ("open", "high", "low", "close")
RATE_INTS = ("tick_volume", "spread", "real_volume")

Id = Union[int, str]
#: A line that is said, or a row of it.
Said = Dict[str, Any]
#: A code of ``last_error``, or a word of ours, and what it means.
Failure = Tuple[Union[int, str], str]
#: A piece of work that gives way: it yields after how many seconds it wants to go on.
Work = Iterator[float]
T = TypeVar("T")


class LineError(Exception):
    """A line that cannot be read. Its text never holds a value of the line."""

    def __init__(self, text: str, about: Optional[Id] = None) -> None:
        super().__init__(text)
        self.about = about


class PeerGone(Exception):
    """Nobody reads what is said."""


class RequestError(Exception):
    """A trade request that the module would refuse or misread."""


class Clock:
    """The machine's time."""

    def utc_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()

    def wait(self, wake: threading.Event, seconds: float) -> None:
        """Returns when ``wake`` is set, or the seconds have passed."""
        wake.wait(seconds)


# Lines


@dataclass(frozen=True)
class Line:
    """A line of the executor. Its fields may hold a secret and are not shown."""

    kind: str
    fields: Said = field(repr=False)


@dataclass(frozen=True)
class BadLine:
    """A line that cannot be read, at its place among the others."""

    text: str
    about: Optional[Id]


@dataclass(frozen=True)
class Field:
    """What a field of a line holds."""

    types: Tuple[Type[Any], ...]
    least: Optional[int] = None
    most: Optional[int] = None
    optional: bool = False

    def holds(self, value: object) -> bool:
        if isinstance(value, bool):
            return bool in self.types
        if not isinstance(value, self.types):
            return False
        if not isinstance(value, int):
            return bool(value != "")
        return not (
            (self.least is not None and value < self.least)
            or (self.most is not None and value > self.most)
        )


ID = Field((int, str))
TEXT = Field((str,))
I32 = Field((int,), 0, 2**31 - 1)
POLL_MS = Field((int,), 1, 60_000)
REQUEST = Field((dict,))
FIELDS: Dict[str, Dict[str, Field]] = {
    "attach": {
        "schema": I32,
        "path": Field((str,), optional=True),
        "login": Field((int,), 1, 2**64 - 1, optional=True),
        "password": Field((str,), optional=True),
        "server": Field((str,), optional=True),
        "timeout_ms": Field((int,), 1, 2**31 - 1),
        "portable": Field((bool,), optional=True),
        "tick_poll_ms": POLL_MS,
        "book_poll_ms": POLL_MS,
    },
    "subscribe": {"id": ID, "symbol": TEXT},
    "read": {"id": ID, "since_s": I32},
    "rates": {
        "id": ID,
        "symbol": TEXT,
        "timeframe": I32,
        "count": Field((int,), 1, 2**31 - 1),
    },
    # What else is wrong with a submit is answered by its result.
    "submit": {"cid": ID},
    "check": {"id": ID, "request": REQUEST},
    "ping": {"id": ID},
    "detach": {},
}


def refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def parse(raw: bytes) -> Line:
    """Reads a line of the executor."""
    if len(raw) > LINE_BYTES_MAX:
        raise LineError(f"the line is longer than {LINE_BYTES_MAX} bytes")
    try:
        given = json.loads(raw.decode("utf-8"), parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise LineError(f"the line is not JSON ({type(error).__name__})") from None
    if not isinstance(given, dict) or not isinstance(given.get("t"), str):
        raise LineError("the line is no object with a kind `t`")
    kind = given["t"]
    if kind not in FIELDS:
        raise LineError(f"the kind `{kind[:40]}` is not known")
    about = given["id"] if ID.holds(given.get("id")) else kind
    for name, what in FIELDS[kind].items():
        if name not in given and what.optional:
            continue
        if not what.holds(given.get(name)):
            raise LineError(f"`{name}` of `{kind}` is missing or not what it must be", about)
    return Line(kind, given)


class Inbox:
    """What has been read and not begun: submits, and the rest as it came."""

    def __init__(self) -> None:
        self.wake = threading.Event()
        self.ended = False
        self._submits: Deque[Line] = deque()
        self._others: Deque[Union[Line, BadLine]] = deque()

    def put(self, raw: bytes) -> None:
        try:
            line = parse(raw)
        except LineError as error:
            self._others.append(BadLine(str(error), error.about))
        else:
            if line.kind == "detach":
                self.end()
            elif line.kind == "submit":
                self._submits.append(line)
            else:
                self._others.append(line)
        self.wake.set()

    def end(self) -> None:
        """Discards what has not been begun."""
        self.ended = True
        self.wake.set()

    def submit(self) -> Optional[Line]:
        return self._submits.popleft() if self._submits and not self.ended else None

    def other(self) -> Union[Line, BadLine, None]:
        return self._others.popleft() if self._others and not self.ended else None


def read_lines(source: BinaryIO, inbox: Inbox) -> None:
    """Fills the inbox until the input ends."""
    try:
        fill(source, inbox)
    finally:
        inbox.end()


def fill(source: BinaryIO, inbox: Inbox) -> None:
    """A last line without an end is not whole, and dropped."""
    while not inbox.ended:
        raw = source.readline(LINE_BYTES_MAX + 1)
        if raw.endswith(b"\n"):
            inbox.put(raw)
        elif len(raw) <= LINE_BYTES_MAX:
            return
        else:
            inbox.put(raw)
            while raw and not raw.endswith(b"\n"):
                raw = source.readline(LINE_BYTES_MAX)


class Outbox:
    """Writes lines. Texts that are not ours are cleared of secrets before they come here."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._lines: List[bytes] = []

    def say(self, kind: str, **fields: Any) -> None:
        raw = encode(kind, fields)
        if len(raw) > LINE_BYTES_MAX:
            raise ValueError(f"a line of the kind `{kind}` would have {len(raw)} bytes")
        self._lines.append(raw)

    def flush(self) -> None:
        if self._lines:
            try:
                self._target.write(b"".join(self._lines))
                self._target.flush()
            except OSError as error:
                raise PeerGone from error
            self._lines.clear()


def encode(kind: str, fields: Said) -> bytes:
    given = {name: value for name, value in fields.items() if value is not None}
    text = json.dumps(
        {"t": kind, **given}, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    # A comment that the broker has cut may end in half a character.
    return text.encode("utf-8", "replace") + b"\n"


# Trade requests

REQUEST_FLOATS = frozenset(("volume", "price", "stoplimit", "sl", "tp"))
REQUEST_TEXTS = frozenset(("symbol", "comment"))
REQUEST_INTS: Dict[str, Tuple[int, int]] = {
    **{name: (0, 2**31 - 1) for name in ("action", "type", "type_filling", "type_time")},
    **{name: (0, 2**64 - 1) for name in ("magic", "order", "position", "position_by", "deviation")},
    "expiration": (0, 2**63 - 1),
}


def typed_request(given: object) -> Said:
    """The request with the Python types that ``order_send`` demands (MT5 reference 1.3)."""
    if not isinstance(given, dict):
        raise RequestError("`request` must be an object")
    if "action" not in given:
        raise RequestError("`action` is missing")
    return {name: typed_value(name, value) for name, value in given.items()}


def typed_value(name: str, value: object) -> Union[int, float, str]:
    if name in REQUEST_FLOATS:
        return typed_float(name, value)
    if name in REQUEST_INTS:
        return typed_int(name, value)
    if name in REQUEST_TEXTS:
        return typed_text(name, value)
    raise RequestError(f"`{name[:40]}` is no field of a trade request")


def typed_float(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RequestError(f"`{name}` must be a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise RequestError(f"`{name}` must be a finite number")
    return number


def typed_int(name: str, value: object) -> int:
    least, most = REQUEST_INTS[name]
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise RequestError(f"`{name}` must be an integer from {least} to {most}")
    return value


def typed_text(name: str, value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise RequestError(f"`{name}` must be a text")
    try:
        units = len(value.encode("utf-16-le")) // 2
    except UnicodeEncodeError:
        raise RequestError(f"`{name}` holds half a character") from None
    if units > TEXT_UNITS_MAX:
        raise RequestError(f"`{name}` has {units} UTF-16 units, at most {TEXT_UNITS_MAX} may be")
    return value


# The terminal


class TerminalLock:
    """Held by one gateway a terminal. The system lets go of it when the process ends, however."""

    def __init__(self, terminal: Optional[str]) -> None:
        # By the path alone: a terminal has one account at a time, whoever logs in.
        known = "" if terminal is None else os.path.normcase(os.path.realpath(terminal))
        name = hashlib.sha256(known.encode("utf-8", "replace")).hexdigest()[:16]
        self.path = os.path.join(tempfile.gettempdir(), f"tickdeck-gateway-{name}.lock")
        self._descriptor: Optional[int] = None

    def take(self) -> bool:
        """Whether the lock is held now. OSError when its file cannot be opened."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if sys.platform == "win32":
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@contextlib.contextmanager
def ends_when_hanging(seconds: float) -> Iterator[None]:
    """Ends the process when what is done within takes longer.

    The module keeps the whole interpreter, so nothing of Python's own could end it, nor would it
    see that its input has ended.
    """
    faulthandler.dump_traceback_later(seconds, exit=True, file=STANDARD_ERROR)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


class Tick(NamedTuple):
    """A whole row, by which ticks are told apart."""

    time_msc: int
    bid: float
    ask: float
    last: float
    volume: int
    flags: int
    volume_real: float

    @classmethod
    def of(cls, row: Any) -> Tick:
        """From a row of ``copy_ticks``."""
        return cls(
            int(row["time_msc"]),
            float(row["bid"]),
            float(row["ask"]),
            float(row["last"]),
            int(row["volume"]),
            int(row["flags"]) & TICK_FLAGS,
            float(row["volume_real"]),
        )


class News(NamedTuple):
    """What a reading of ticks has brought."""

    ticks: List[Tick]
    rewritten: int


class Tape:
    """Which ticks of a symbol have been delivered.

    Readings overlap and are compared as multisets of whole rows: ticks of one millisecond change
    places, and a tick may come later than one that is younger.
    """

    def __init__(self, start_msc: int) -> None:
        self.newest_msc = start_msc
        self._start_msc = start_msc
        self._begun = False
        self._wide = False
        self._delivered: Counter[Tick] = Counter()
        self._missing: Counter[Tick] = Counter()

    def widen(self) -> None:
        """The next reading reaches further back, once."""
        self._wide = True

    def from_msc(self) -> int:
        overlap = WIDE_OVERLAP_MSC if self._wide else OVERLAP_MSC
        return max(self._start_msc, self.newest_msc - overlap)

    def take(self, read: Sequence[Tick], cut: bool) -> News:
        """Tells what is new in a reading; ``cut`` when the terminal may hold more after it."""
        from_msc = self.from_msc()
        rows = [row for row in read if row.time_msc >= from_msc]
        if not rows:
            return News([], 0)
        if not self._begun:
            return self._begin(rows)
        left = Counter(
            {row: count for row, count in self._delivered.items() if row.time_msc >= from_msc}
        )
        fresh: List[Tick] = []
        for row in rows:
            if left[row] > 0:
                left[row] -= 1
            else:
                fresh.append(row)
        judged_msc = max(row.time_msc for row in rows) - (1 if cut else 0)
        rewritten = self._rewritten(left, from_msc, judged_msc)
        self._deliver(fresh)
        self._wide = self._wide and cut
        return News(without_replacements(fresh, rewritten), sum(rewritten.values()))

    def _begin(self, rows: List[Tick]) -> News:
        """Of the millisecond with which the tape starts only the newest tick is news."""
        first = max(
            (at for at, row in enumerate(rows) if row.time_msc == self._start_msc), default=0
        )
        self._begun = True
        self._deliver(rows)
        return News(sorted(rows[first:], key=lambda row: row.time_msc), 0)

    def _rewritten(self, left: Counter[Tick], from_msc: int, judged_msc: int) -> Counter[Tick]:
        """What was delivered, is no longer there, and has not been reported."""
        missing = Counter(
            {row: count for row, count in left.items() if count > 0 and row.time_msc <= judged_msc}
        )
        unreported = missing - self._missing
        for row, count in self._missing.items():
            if not from_msc <= row.time_msc <= judged_msc:
                missing[row] = count
        self._missing = missing
        return unreported

    def _deliver(self, rows: List[Tick]) -> None:
        self._delivered.update(rows)
        self.newest_msc = max([self.newest_msc, *(row.time_msc for row in rows)])

    def forget_old(self) -> None:
        """Forgets what no reading will reach any more."""
        oldest_msc = self.newest_msc - WIDE_OVERLAP_MSC
        for counted in (self._delivered, self._missing):
            for row in [row for row in counted if row.time_msc < oldest_msc]:
                del counted[row]


def without_replacements(fresh: List[Tick], rewritten: Counter[Tick]) -> List[Tick]:
    """What stands where a tick was sent before, in the same millisecond, is no tick of its own."""
    replaced: Counter[int] = Counter()
    for row, count in rewritten.items():
        replaced[row.time_msc] += count
    ticks: List[Tick] = []
    for row in fresh:
        if replaced[row.time_msc] > 0:
            replaced[row.time_msc] -= 1
        else:
            ticks.append(row)
    return sorted(ticks, key=lambda tick: tick.time_msc)


@dataclass
class Feed:
    """A subscribed symbol."""

    symbol: str
    info: Said
    #: None before the symbol has had a tick.
    tape: Optional[Tape] = None
    #: The newest tick by ``symbol_info_tick``: its time and prices.
    hint: Optional[Tuple[int, float, float, float]] = None
    #: Until when ``copy_ticks`` is waited for, since it lags behind the hint.
    wanted_until: float = 0.0
    read_at: float = -math.inf
    #: After a reading that failed: no other before.
    not_before: float = 0.0
    retry_s: float = TICK_RETRY_S_MIN
    count: int = TICKS_A_READ
    lag_ms: int = 0
    #: The time of the newest tick that was left out, which was told.
    unsound_msc: int = 0

    def reached(self, ticks: Sequence[Tick]) -> bool:
        """Whether the ticks reach the hint."""
        if self.hint is None or self.tape is None or self.tape.newest_msc > self.hint[0]:
            return True
        return any(tick[:4] == self.hint for tick in ticks)


@dataclass
class Book:
    """What was last sent of the account."""

    #: None for a position that is only known from a reading on demand.
    positions: Dict[int, Optional[Said]] = field(default_factory=dict)
    orders: Dict[int, Said] = field(default_factory=dict)
    account: Optional[Said] = None
    #: Since when readings do not have a position.
    missed: Dict[int, float] = field(default_factory=dict)
    #: Tickets of the history that were sent, by their kind, each with its time.
    history: Dict[str, Dict[int, int]] = field(default_factory=dict)
    #: The newest row of the history.
    cursor_s: Dict[str, int] = field(default_factory=dict)

    def gone(self, tickets: Set[int], now: float) -> List[int]:
        """The positions that are missing for a while, in every reading.

        A reading may be empty once, and two requests in a row cause two readings at once.
        """
        missed = {ticket for ticket in self.positions if ticket not in tickets}
        self.missed = {ticket: self.missed.get(ticket, now) for ticket in missed}
        gone = sorted(ticket for ticket, since in self.missed.items() if now - since >= GONE_S)
        for ticket in gone:
            del self.positions[ticket], self.missed[ticket]
        return gone

    def unsent(self, kind: str, rows: List[Said], time_of: str) -> List[Said]:
        """The rows of the history that were not sent yet, oldest first; moves the cursor."""
        sent = self.history.setdefault(kind, {})
        fresh = [row for row in rows if row["ticket"] not in sent]
        for row in fresh:
            sent[row["ticket"]] = row[time_of]
            self.cursor_s[kind] = max(self.cursor_s[kind], row[time_of])
        oldest_s = self.cursor_s[kind] - 3 * DAY_S
        for ticket in [ticket for ticket, time_s in sent.items() if time_s < oldest_s]:
            del sent[ticket]
        return sorted(fresh, key=lambda row: (row[time_of], row["ticket"]))


def account_of(info: Any) -> Account:
    return Account(int(info.login), str(info.server))


def row_of(names: Iterable[str], given: Any) -> Said:
    return {name: getattr(given, name) for name in names}


@dataclass(frozen=True)
class Attach:
    """What the terminal is to be connected with."""

    path: Optional[str]
    arguments: Said = field(repr=False)
    timeout_s: float
    tick_poll_s: float
    book_poll_s: float

    @classmethod
    def of(cls, given: Said) -> Attach:
        names = ("login", "password", "server", "portable")
        arguments = {name: given[name] for name in names if name in given}
        return cls(
            given.get("path"),
            {**arguments, "timeout": given["timeout_ms"]},
            given["timeout_ms"] / 1000,
            given["tick_poll_ms"] / 1000,
            given["book_poll_ms"] / 1000,
        )


class Account(NamedTuple):
    """Which account is traded."""

    login: int
    server: str


@dataclass
class Outcome:
    """What came of a submit."""

    sent: bool = False
    check: Optional[Said] = None
    answer: Optional[Said] = None
    error: Optional[Failure] = None


@dataclass
class Timer:
    """A piece of work that returns: how often, and when next."""

    work: Callable[[], None]
    period_s: float
    due: float = 0.0


@dataclass
class Job:
    """A line that is being worked on; those after it wait."""

    about: Optional[Id]
    work: Work
    due: float


@dataclass
class Spoken:
    """The last fault of a timer, so that one that lasts is not said at each turn."""

    text: str = ""
    at: float = -math.inf


class Gateway:
    """Carries out the executor's lines and reports what the terminal does."""

    def __init__(self, module: Any, inbox: Inbox, outbox: Outbox, clock: Clock) -> None:
        self._mt5 = module
        self._inbox = inbox
        self._outbox = outbox
        self._clock = clock
        self._attach: Optional[Attach] = None
        self._lock: Optional[TerminalLock] = None
        self._data_lock: Optional[TerminalLock] = None
        self._attached = False
        self._attached_at = 0.0
        #: The account that may be traded: the one of the first attach.
        self._own: Optional[Account] = None
        self._account: Optional[Account] = None
        self._state: Optional[Said] = None
        self._losses = 0
        self._reconnect_at = 0.0
        self._cids: Set[Id] = set()
        self._feeds: Dict[str, Feed] = {}
        self._book = Book()
        self._server_msc = 0
        self._settled = False
        self._job: Optional[Job] = None
        self._spoken = Spoken()
        self._book_timer = Timer(self._poll_book, 0.25)
        self._tick_timer = Timer(self._poll_ticks, 0.01)
        self._timers = (self._book_timer, self._tick_timer, Timer(self._heartbeat, HEARTBEAT_S))

    # The loop

    def run(self) -> None:
        """Works until the input ends."""
        try:
            while not self._inbox.ended:
                # Cleared before the queues are looked at, so that no line is slept through.
                self._inbox.wake.clear()
                seconds = self.step()
                if seconds > 0 and not self._inbox.ended:
                    self._clock.wait(self._inbox.wake, seconds)
        finally:
            self.close()

    def close(self) -> None:
        if self._attach is not None:
            with contextlib.suppress(Exception):
                self._mt5.shutdown()
        for lock in (self._lock, self._data_lock):
            if lock is not None:
                lock.release()

    def step(self) -> float:
        """Does one piece of work; returns for how many seconds there is no other."""
        self._submits_first()
        seconds = self._one_piece()
        self._outbox.flush()
        return seconds

    def _one_piece(self) -> float:
        now = self._clock.monotonic()
        if self._attach is not None and not self._attached and self._reconnects():
            if now >= self._reconnect_at:
                self._guarded(self._reconnect)
                return 0.0
        due = [timer for timer in self._timers if self._attached and timer.due <= now]
        job = self._next_job(now)
        if job is not None and all(job.due <= timer.due for timer in due):
            self._go_on(job)
            return 0.0
        if due:
            timer = min(due, key=lambda one: one.due)
            timer.due = now + timer.period_s
            self._guarded(timer.work)
            return 0.0
        return max(0.0, self._next_due(now) - now)

    def _reconnects(self) -> bool:
        return self._own is not None

    def _next_due(self, now: float) -> float:
        dues = [now + HEARTBEAT_S]
        if self._attached:
            dues.extend(timer.due for timer in self._timers)
        elif self._reconnects():
            dues.append(self._reconnect_at)
        if self._job is not None:
            dues.append(self._job.due)
        return min(dues)

    def _next_job(self, now: float) -> Optional[Job]:
        """The job that can go on now, if any."""
        while self._job is None:
            line = self._inbox.other()
            if line is None:
                return None
            if isinstance(line, BadLine):
                self._fault("line", line.text, line.about)
            else:
                about = line.fields.get("id", line.kind)
                self._job = Job(about, self._work(line), now)
        return self._job if self._job.due <= now else None

    def _work(self, line: Line) -> Work:
        works: Dict[str, Callable[[Said], Work]] = {
            "attach": self._on_attach,
            "subscribe": self._on_subscribe,
            "read": self._on_read,
            "rates": self._on_rates,
            "check": self._on_check,
            "ping": self._on_ping,
        }
        return works[line.kind](line.fields)

    def _go_on(self, job: Job) -> None:
        try:
            job.due = self._clock.monotonic() + next(job.work)
        except StopIteration:
            self._job = None
        except PeerGone:
            raise
        except Exception as error:
            self._job = None
            self._fault("exception", self._told(error), job.about)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except PeerGone:
            raise
        except Exception as error:
            text = self._told(error)
            now = self._clock.monotonic()
            if text != self._spoken.text or now - self._spoken.at >= HEARTBEAT_S:
                self._spoken = Spoken(text, now)
                self._fault("exception", text)

    # What is said

    def _say(self, kind: str, **fields: Any) -> None:
        self._outbox.say(kind, **fields)

    def _say_now(self, kind: str, **fields: Any) -> None:
        self._outbox.say(kind, now_utc_ms=self._clock.utc_ms(), **fields)

    def _fault(self, code: Union[int, str], text: str, about: Optional[Id] = None) -> None:
        told = None if about is None else str(about)
        self._say("fault", code=str(code), text=self._clean(text), about=told)

    def _clean(self, text: str) -> str:
        """The text without the password, however it is written."""
        password = None if self._attach is None else self._attach.arguments.get("password")
        if password:
            for written in (password, repr(password)[1:-1], json.dumps(password)[1:-1]):
                text = text.replace(written, "***")
        return text[:TEXT_CHARS_MAX]

    def _told(self, error: BaseException) -> str:
        return self._clean(f"{type(error).__name__}: {error}")

    # Calls of the module

    def _failure(self) -> Failure:
        """Why the last call failed; lets the terminal go when the connection is lost."""
        failure = self._last_error()
        if failure[0] in CONNECTION_LOST:
            self._lose(failure)
        return failure

    def _last_error(self) -> Failure:
        """``last_error``, which raises where its text holds other letters than those of ASCII.

        The module takes for UTF-8 what Windows has written in its own code page, such as the path
        of a terminal. The number is lost then.
        """
        try:
            code, text = self._mt5.last_error()
        except UnicodeDecodeError as error:
            text = error.object.decode(locale.getpreferredencoding(False), "replace")
            return "exception", self._clean(text)
        return int(code), self._clean(str(text))

    def _asked(self, answer: Optional[T]) -> Tuple[Optional[T], Optional[Failure]]:
        """An answer of the module, or why there is none."""
        if answer is None or answer is False:
            return None, self._failure()
        return answer, None

    def _whole(self, answer: Optional[T]) -> Tuple[Optional[T], Optional[Failure]]:
        """As ``_asked``; data that came with an IPC error, such as a time-out, are provisional."""
        if answer is None:
            return None, self._failure()
        failure = self._last_error()
        if isinstance(failure[0], str) or failure[0] <= -10000:
            return None, failure
        return answer, None

    # The connection

    def _on_attach(self, given: Said) -> Work:
        if self._attached or self._own is not None:
            self._fault("line", "the terminal is attached already", "attach")
            return
        if given["schema"] != SCHEMA:
            self._fault("schema", f"this gateway speaks schema {SCHEMA}", "attach")
            return
        self._attach = attach = Attach.of(given)
        yield from self._take_lock(attach)
        self._tick_timer.period_s = attach.tick_poll_s
        self._book_timer.period_s = attach.book_poll_s
        failure = self._initialize(attach)
        until = self._clock.monotonic() + attach.timeout_s
        while failure is None:
            failure = self._verify()
            if failure is None:
                return
            if self._clock.monotonic() < until and failure[0] not in CONNECTION_LOST:
                yield RETRY_S
                failure = None
        self._mt5.shutdown()
        self._fault(*failure, "attach")

    def _take_lock(self, attach: Attach) -> Work:
        lock = TerminalLock(attach.path)
        if self._lock is not None and self._lock.path != lock.path:
            self._lock.release()
            self._lock = None
        if self._lock is None:
            self._lock = lock
        while True:
            text = "another gateway holds the terminal"
            try:
                if self._lock.take():
                    return
            except OSError as error:
                text = f"the lock cannot be opened: {error}"
            self._fault("locked", text, "attach")
            yield LOCK_RETRY_S

    def _takes_data_lock(self, terminal: Any) -> bool:
        """Whether no other gateway holds the terminal, whatever its program was called by."""
        folder = str(getattr(terminal, "data_path", "") or "")
        if not folder:
            return True
        lock = TerminalLock(folder)
        if self._data_lock is None or self._data_lock.path != lock.path:
            if self._data_lock is not None:
                self._data_lock.release()
            self._data_lock = lock
        try:
            return self._data_lock.take()
        except OSError:
            return False

    def _initialize(self, attach: Attach) -> Optional[Failure]:
        path = () if attach.path is None else (attach.path,)
        try:
            with ends_when_hanging(attach.timeout_s + HANG_S):
                done = self._mt5.initialize(*path, **attach.arguments)
        except Exception as error:
            # Its text may hold what it was given.
            return "exception", f"initialize: {type(error).__name__}"
        return None if done else self._last_error()

    def _verify(self) -> Optional[Failure]:
        """Reads which account the terminal trades; says so and begins to poll."""
        account, failure = self._quietly(self._mt5.account_info())
        terminal, lost = self._quietly(self._mt5.terminal_info())
        if account is None or terminal is None:
            return failure or lost
        if not account.login:
            return "account", "the terminal is logged in to no account"
        if not self._takes_data_lock(terminal):
            return "locked", "another gateway holds the terminal, by another name"
        now = self._clock.monotonic()
        self._identify(account, terminal)
        self._tell_state(terminal, account)
        for feed in self._feeds.values():
            _, failure = self._quietly(self._mt5.symbol_select(feed.symbol, True) or None)
            if failure is not None:
                self._fault(*failure, feed.symbol)
            feed.not_before = 0.0
            if feed.tape is not None:
                feed.tape.widen()
        for timer in self._timers:
            timer.due = now
        self._attached = True
        self._attached_at = now
        return None

    def _quietly(self, answer: Optional[T]) -> Tuple[Optional[T], Optional[Failure]]:
        """As ``_asked``, where a connection that is not held yet cannot be lost."""
        if answer is not None:
            return answer, None
        return None, self._last_error()

    def _identify(self, account: Any, terminal: Any) -> None:
        found = account_of(account)
        if self._own is None:
            self._own = found
        if self._account is not None and self._account != found:
            # What is missing on another account is not gone, and its server's ticks are others.
            self._book = Book()
            for feed in self._feeds.values():
                feed.tape = None
                feed.hint = None
        self._account = found
        self._settled = False
        self._state = None
        self._say_now("attached", **row_of(ATTACHED, account), build=terminal.build)

    def _lose(self, failure: Failure) -> None:
        if not self._attached:
            return
        now = self._clock.monotonic()
        self._attached = False
        self._losses = 0 if now - self._attached_at >= STABLE_S else self._losses
        self._fault(*failure)
        if self._state is not None and self._state["connected"]:
            self._state = {**self._state, "connected": False}
            self._say_now("state", **self._state)
        self._mt5.shutdown()
        self._back_off(now)

    def _back_off(self, now: float) -> None:
        self._reconnect_at = now + RECONNECT_S[min(self._losses, len(RECONNECT_S) - 1)]
        self._losses += 1

    def _reconnect(self) -> None:
        assert self._attach is not None
        try:
            failure = self._initialize(self._attach) or self._verify()
        finally:
            if not self._attached:
                self._back_off(self._clock.monotonic())
        if failure is not None:
            self._fault(*failure)
            self._mt5.shutdown()

    def _terminal(self) -> Any:
        """``terminal_info``; a terminal that does not answer is lost."""
        terminal = self._mt5.terminal_info()
        if terminal is None:
            self._lose(self._failure())
        return terminal

    def _tell_state(self, terminal: Any, account: Any) -> None:
        state = {
            "connected": bool(terminal.connected),
            "trade_allowed": bool(terminal.trade_allowed),
            "tradeapi_disabled": bool(terminal.tradeapi_disabled),
            "account_trade_allowed": bool(account.trade_allowed),
            "account_trade_expert": bool(account.trade_expert),
        }
        if state == self._state:
            return
        if self._state is not None and state["connected"] and not self._state["connected"]:
            self._settled = False
            for feed in self._feeds.values():
                if feed.tape is not None:
                    feed.tape.widen()
        self._state = state
        self._say_now("state", **state)

    def _disconnected(self) -> Optional[Failure]:
        """Why nothing can be read as a whole now, if so."""
        if not self._attached:
            return "attach", "the terminal is not attached"
        terminal = self._mt5.terminal_info()
        if terminal is None:
            failure = self._failure()
            self._lose(failure)
            return failure
        if not terminal.connected:
            return "connection", "the terminal is not connected to its server"
        return None

    def _heartbeat(self) -> None:
        terminal = self._terminal()
        if terminal is None:
            return
        lag_ms = max((feed.lag_ms for feed in self._feeds.values()), default=0)
        self._say_now(
            "heartbeat",
            connected=bool(terminal.connected),
            ping_us=terminal.ping_last,
            tick_lag_ms=lag_ms,
        )
        for feed in list(self._feeds.values()):
            self._submits_first()
            if feed.tape is not None:
                feed.tape.forget_old()
            self._tell_info(feed)

    def _tell_info(self, feed: Feed) -> None:
        if not self._attached:
            return
        found, _ = self._asked(self._mt5.symbol_info(feed.symbol))
        if found is not None and row_of(SYMBOL_INFO, found) != feed.info:
            feed.info = row_of(SYMBOL_INFO, found)
            self._say("symbol", info=feed.info)

    # Orders

    def _submits_first(self) -> None:
        line = self._inbox.submit()
        while line is not None:
            self._submit(line.fields)
            self._outbox.flush()
            line = self._inbox.submit()

    def _submit(self, given: Said) -> None:
        """Answers a submit with exactly one result, whatever happens."""
        outcome = Outcome()
        began = self._clock.monotonic()
        try:
            self._carry_out(given, outcome)
        except RequestError as error:
            outcome.error = ("request", str(error))
        except Exception as error:
            outcome.error = ("exception", self._told(error))
        took_ms = int((self._clock.monotonic() - began) * 1000) if outcome.sent else 0
        told = {"cid": given["cid"], "sent": outcome.sent, "took_ms": took_ms}
        try:
            answers = {"check": outcome.check, "answer": outcome.answer}
            self._say("result", **told, **answers, error=outcome.error)
        except ValueError as error:
            self._say("result", **told, error=("exception", self._told(error)))
        if outcome.error is not None and outcome.error[0] in CONNECTION_LOST:
            self._lose(outcome.error)
        self._book_timer.due = min(self._book_timer.due, self._clock.monotonic())

    def _carry_out(self, given: Said, outcome: Outcome) -> None:
        request = self._sendable(given)
        outcome.error = self._refused(given["not_after_utc_ms"])
        if outcome.error is not None:
            return
        if given.get("check") and not self._passes(request, given["not_after_utc_ms"], outcome):
            return
        outcome.sent = True
        found, outcome.error = self._quietly(self._mt5.order_send(request))
        if found is not None:
            outcome.answer = row_of(ORDER_ANSWERS, found)

    def _passes(self, request: Said, not_after_utc_ms: int, outcome: Outcome) -> bool:
        """Whether ``order_check`` has nothing against a request, and said so in time."""
        found, outcome.error = self._quietly(self._mt5.order_check(request))
        if found is None:
            return False
        if found.retcode not in CHECK_PASSED:
            outcome.check = {"retcode": int(found.retcode), "comment": str(found.comment)}
            return False
        if self._clock.utc_ms() > not_after_utc_ms:
            outcome.error = ("late", "the time of the request has passed")
            return False
        return True

    def _sendable(self, given: Said) -> Said:
        cid = given["cid"]
        if cid in self._cids:
            raise RequestError("this cid has been answered before")
        # Never forgotten: a cid that is asked for twice must not be sent twice, however late.
        self._cids.add(cid)
        not_after = given.get("not_after_utc_ms")
        if isinstance(not_after, bool) or not isinstance(not_after, int):
            raise RequestError("`not_after_utc_ms` must be an integer")
        return typed_request(given.get("request"))

    def _refused(self, not_after_utc_ms: int) -> Optional[Failure]:
        """Why a submit must not be sent now. The time is looked at last."""
        if not self._attached or self._own is None:
            return "attach", "the terminal is not attached"
        # A terminal can be logged in to another account between two polls.
        account, failure = self._asked(self._mt5.account_info())
        if account is None:
            return failure
        if account_of(account) != self._own:
            self._book_timer.due = min(self._book_timer.due, self._clock.monotonic())
            return "account", f"the terminal trades another account than {self._own.login}"
        if self._clock.utc_ms() > not_after_utc_ms:
            return "late", "the time of the request has passed"
        return None

    def _on_check(self, given: Said) -> Work:
        answer, error = self._checked(given["request"])
        self._say("checked", id=given["id"], answer=answer, error=error)
        yield from ()

    def _checked(self, given: Said) -> Tuple[Optional[Said], Optional[Failure]]:
        try:
            request = typed_request(given)
        except RequestError as error:
            return None, ("request", str(error))
        if not self._attached:
            return None, ("attach", "the terminal is not attached")
        found, failure = self._asked(self._mt5.order_check(request))
        return (None if found is None else row_of(CHECK_ANSWERS, found)), failure

    def _on_ping(self, given: Said) -> Work:
        self._say_now("pong", id=given["id"])
        yield from ()

    # Symbols and ticks

    def _on_subscribe(self, given: Said) -> Work:
        symbol = given["symbol"]
        failure: Optional[Failure] = None
        for attempt in range(TRIES_MAX):
            if attempt:
                yield RETRY_S
            info, failure = self._specification(symbol)
            if info is not None:
                self._feeds.setdefault(symbol, Feed(symbol, info)).info = info
                self._say("symbol", id=given["id"], info=info)
                self._tick_timer.due = self._clock.monotonic()
                return
            similar = self._no_such(symbol)
            if similar is not None:
                self._say("no_symbol", id=given["id"], symbol=symbol, similar=similar)
                return
        assert failure is not None
        self._fault(*failure, given["id"])

    def _specification(self, symbol: str) -> Tuple[Optional[Said], Optional[Failure]]:
        if not self._attached:
            return None, ("attach", "the terminal is not attached")
        selected, failure = self._asked(self._mt5.symbol_select(symbol, True))
        if selected is None:
            return None, failure
        found, failure = self._asked(self._mt5.symbol_info(symbol))
        return (None if found is None else row_of(SYMBOL_INFO, found)), failure

    def _no_such(self, symbol: str) -> Optional[List[str]]:
        """The nearest names, when the terminal knows its symbols and this is none of them."""
        if not self._attached:
            return None
        found, _ = self._asked(self._mt5.symbols_get())
        names = [str(one.name) for one in found or ()]
        if not names or symbol in names:
            return None
        return nearest(symbol, names)

    def _poll_ticks(self) -> None:
        for feed in list(self._feeds.values()):
            self._submits_first()
            if self._attached:
                self._poll_hint(feed)
            if self._attached and feed.tape is not None and self._wants_ticks(feed, feed.tape):
                self._read_ticks(feed, feed.tape)

    def _poll_hint(self, feed: Feed) -> None:
        tick, _ = self._asked(self._mt5.symbol_info_tick(feed.symbol))
        if tick is None or tick.time_msc <= 0:
            return
        hint = (int(tick.time_msc), float(tick.bid), float(tick.ask), float(tick.last))
        if hint == feed.hint:
            return
        feed.hint = hint
        feed.wanted_until = self._clock.monotonic() + TICKS_S_MAX
        self._server_msc = max(self._server_msc, hint[0])
        if feed.tape is None:
            feed.tape = Tape(hint[0])

    def _wants_ticks(self, feed: Feed, tape: Tape) -> bool:
        now = self._clock.monotonic()
        if now < feed.not_before:
            return False
        return now < feed.wanted_until or now - feed.read_at >= TICKS_S_MAX

    def _read_ticks(self, feed: Feed, tape: Tape) -> None:
        now = self._clock.monotonic()
        feed.read_at = now
        from_s = server_time(tape.from_msc() // 1000)
        found, _ = self._whole(
            self._mt5.copy_ticks_from(feed.symbol, from_s, feed.count, COPY_TICKS_ALL)
        )
        if found is None:
            feed.not_before = now + feed.retry_s
            feed.retry_s = min(feed.retry_s * 2, TICK_RETRY_S_MAX)
            return
        feed.retry_s = TICK_RETRY_S_MIN
        ticks = self._sound(feed, [Tick.of(row) for row in found])
        cut = len(ticks) >= feed.count
        feed.count = min(feed.count * 2, TICKS_A_READ_MAX) if cut else TICKS_A_READ
        self._tell_ticks(feed, tape.take(ticks, cut))
        if cut:
            feed.wanted_until = now + TICKS_S_MAX
        elif feed.reached(ticks):
            feed.wanted_until = 0.0
        newest_msc = max((tick.time_msc for tick in ticks), default=tape.newest_msc)
        feed.lag_ms = max(0, feed.hint[0] - newest_msc) if feed.hint is not None else 0

    def _sound(self, feed: Feed, ticks: List[Tick]) -> List[Tick]:
        """The ticks whose prices are numbers. What is none equals nothing, not even itself."""
        sound: List[Tick] = []
        for tick in ticks:
            if all(map(math.isfinite, tick)):
                sound.append(tick)
            elif tick.time_msc > feed.unsound_msc:
                feed.unsound_msc = tick.time_msc
                self._fault("tick", "a price is no number: the tick is left out", feed.symbol)
        return sound

    def _tell_ticks(self, feed: Feed, news: News) -> None:
        if news.rewritten:
            self._say("rewritten", symbol=feed.symbol, count=news.rewritten)
        for tick in news.ticks:
            self._server_msc = max(self._server_msc, tick.time_msc)
            told = tick._asdict()
            del told["volume_real"]
            self._say_now("tick", symbol=feed.symbol, **told)

    # The account

    def _poll_book(self) -> None:
        terminal = self._terminal()
        if terminal is None:
            return
        account, _ = self._asked(self._mt5.account_info())
        if account is None:
            return
        if account.login and account_of(account) != self._account:
            self._identify(account, terminal)
        self._tell_state(terminal, account)
        if not account.login:
            return
        self._tell_account(account)
        self._poll_orders()
        self._poll_positions(bool(terminal.connected), float(account.margin))
        self._poll_history("history_order", ORDER, "time_done", self._mt5.history_orders_get)
        self._poll_history("deal", DEAL, "time", self._mt5.history_deals_get)

    def _tell_account(self, account: Any) -> None:
        figures = {name: getattr(account, source) for name, source in ACCOUNT.items()}
        if figures != self._book.account:
            self._book.account = figures
            self._say_now("account", **figures)

    def _rows(
        self, names: Iterable[str], answer: Any
    ) -> Tuple[Optional[List[Said]], Optional[Failure]]:
        found, failure = self._whole(answer)
        return (None if found is None else [row_of(names, one) for one in found]), failure

    def _poll_orders(self) -> None:
        self._submits_first()
        if not self._attached:
            return
        rows, _ = self._rows(ORDER, self._mt5.orders_get())
        if rows is None:
            return
        for row in rows:
            if row != self._book.orders.get(row["ticket"]):
                self._say_row("order", row)
        self._book.orders = {row["ticket"]: row for row in rows}

    def _poll_positions(self, connected: bool, margin: float) -> None:
        self._submits_first()
        if not self._attached:
            return
        rows, _ = self._rows(POSITION, self._mt5.positions_get())
        if rows is None:
            return
        for row in rows:
            if row != self._book.positions.get(row["ticket"]):
                self._book.positions[row["ticket"]] = row
                self._say_row("position", row)
        now = self._clock.monotonic()
        may_load = not self._settled and now - self._attached_at < LOADING_S
        if not connected or may_load or contradicts(margin, rows, self._book.orders):
            self._book.missed.clear()
            return
        for ticket in self._book.gone({row["ticket"] for row in rows}, now):
            self._say("gone", position=ticket)

    def _poll_history(
        self, kind: str, names: Iterable[str], time_of: str, call: Callable[[int, int], Any]
    ) -> None:
        self._submits_first()
        if not self._attached:
            return
        cursor_s = self._book.cursor_s.setdefault(kind, self._now_s())
        rows, _ = self._rows(names, call(server_time(cursor_s - DAY_S), self._until_s()))
        for row in self._book.unsent(kind, rows or [], time_of):
            self._server_msc = max(self._server_msc, row[time_of] * 1000)
            self._say_row(kind, row)

    def _say_row(self, kind: str, row: Said) -> None:
        """Says a row; one that cannot be written takes no other with it."""
        try:
            self._say(kind, row=row)
        except ValueError:
            self._fault("exception", f"{kind} {row['ticket']} holds what is no number")

    def _now_s(self) -> int:
        """The server's time as far as it is known, else the machine's."""
        return (self._server_msc or self._clock.utc_ms()) // 1000

    def _until_s(self) -> int:
        """A time that no row of the history is later than, wherever the server's clock stands."""
        return server_time(max(self._server_msc, self._clock.utc_ms()) // 1000 + DAY_S)

    # Readings on demand

    def _on_read(self, given: Said) -> Work:
        """Reads the account; after a start until two readings agree: the first may be short."""
        earlier: Optional[Reading] = None
        for attempt in range(TRIES_MAX):
            if attempt:
                yield RETRY_S
            as_of_msc = self._server_msc
            reading = Reading()
            yield from self._read_once(reading, given["since_s"])
            agrees = earlier is not None and reading.tickets() == earlier.tickets()
            if reading.failed() or (reading.failure is None and (self._settled or agrees)):
                break
            earlier = reading
        else:
            reading.failure = (PROVISIONAL, "the terminal is still loading the account")
        self._settled = self._settled or reading.failure is None
        yield from self._tell_reading(reading, given["id"])
        self._done(given["id"], as_of_msc, reading.failure)

    def _read_once(self, reading: Reading, since_s: int) -> Work:
        """Orders, positions, history: the way of an order, so that none slips between two calls."""
        since_s = server_time(since_s)
        reading.fail(self._disconnected())
        if not self._attached:
            return
        reading.account = self._own_account(reading)
        yield 0.0
        self._read_rows(reading, "order", ORDER, self._mt5.orders_get)
        yield 0.0
        self._read_rows(reading, "position", POSITION, self._mt5.positions_get)
        for span in pieces(since_s, self._until_s()):
            yield 0.0
            self._read_rows(reading, "history_order", ORDER, self._mt5.history_orders_get, *span)
        for span in pieces(since_s, self._until_s()):
            yield 0.0
            self._read_rows(reading, "deal", DEAL, self._mt5.history_deals_get, *span)
        reading.fail(self._disconnected())
        self._own_account(reading)
        reading.fail(reading.contradiction())

    def _own_account(self, reading: Reading) -> Any:
        """The figures of the account that ``attached`` has named; of another nothing is whole."""
        if not self._attached:
            return None
        account, failure = self._asked(self._mt5.account_info())
        reading.fail(failure)
        if account is not None and account_of(account) != self._account:
            reading.fail(("account", "the terminal trades another account than it did"))
            return None
        return account

    def _read_rows(
        self,
        reading: Reading,
        kind: str,
        names: Iterable[str],
        call: Callable[..., Any],
        *span: int,
    ) -> None:
        if not self._attached:
            reading.fail(("attach", "the terminal is not attached"))
            return
        rows, failure = self._rows(names, call(*span))
        reading.fail(failure)
        for row in rows or ():
            reading.rows[kind][row["ticket"]] = row

    def _tell_reading(self, reading: Reading, id: Id) -> Work:
        if reading.failure is None:
            # So that the poll says when they are gone, though it may never see them.
            for ticket in reading.rows["position"]:
                self._book.positions.setdefault(ticket, None)
        if reading.account is not None:
            figures = {name: getattr(reading.account, at) for name, at in ACCOUNT.items()}
            self._say_now("account", id=id, **figures)
        for kind, rows in reading.rows.items():
            for at, row in enumerate(rows.values()):
                self._say(kind, id=id, row=row)
                if at % RATES_A_LINE == RATES_A_LINE - 1:
                    yield 0.0

    def _done(self, id: Id, as_of_msc: int, failure: Optional[Failure]) -> None:
        self._say("done", id=id, complete=failure is None, as_of_msc=as_of_msc, error=failure)

    def _on_rates(self, given: Said) -> Work:
        """Reads bars; fewer than were asked for only when two readings agree."""
        rows: List[List[Any]] = []
        failure: Optional[Failure] = None
        before: Optional[int] = None
        for attempt in range(TRIES_MAX):
            if attempt:
                yield RETRY_S
            as_of_msc = self._server_msc
            found, failure = self._read_rates(given)
            if not self._attached:
                break
            rows = found or []
            if failure is None and len(rows) in (given["count"], before):
                break
            if failure is None:
                before = len(rows)
        else:
            failure = failure or (PROVISIONAL, "the terminal is still loading the bars")
        if failure is None:
            yield from self._tell_rates(given["id"], rows)
        self._done(given["id"], as_of_msc, failure)

    def _read_rates(self, given: Said) -> Tuple[Optional[List[List[Any]]], Optional[Failure]]:
        failure = self._disconnected()
        if failure is not None:
            return None, failure
        selected, failure = self._asked(self._mt5.symbol_select(given["symbol"], True))
        if selected is None:
            return None, failure
        found, failure = self._whole(
            self._mt5.copy_rates_from_pos(given["symbol"], given["timeframe"], 0, given["count"])
        )
        failure = failure or self._disconnected()
        return (None if found is None else [rate_of(row) for row in found]), failure

    def _tell_rates(self, id: Id, rows: List[List[Any]]) -> Work:
        at = 0
        while at < len(rows):
            some = rows[at : at + RATES_A_LINE]
            while len(encode("rates", {"id": id, "rows": some})) > LINE_BYTES_MAX:
                some = some[: len(some) // 2]
            self._say("rates", id=id, rows=some)
            at += len(some)
            yield 0.0


@dataclass
class Reading:
    """A reading of the account; whole when there is no failure."""

    account: Any = None
    failure: Optional[Failure] = None
    #: By kind and ticket.
    rows: Dict[str, Dict[int, Said]] = field(
        default_factory=lambda: {
            kind: {} for kind in ("position", "order", "history_order", "deal")
        }
    )

    def fail(self, failure: Optional[Failure]) -> None:
        """The first failure is kept."""
        self.failure = self.failure or failure

    def failed(self) -> bool:
        """Whether reading again at once would not help."""
        return self.failure is not None and self.failure[0] != PROVISIONAL

    def tickets(self) -> Dict[str, Set[int]]:
        return {kind: set(rows) for kind, rows in self.rows.items()}

    def contradiction(self) -> Optional[Failure]:
        held = self.account is not None and float(self.account.margin) or 0.0
        if contradicts(held, self.rows["position"], self.rows["order"]):
            return PROVISIONAL, "the account has margin and no position or order"
        return None


def contradicts(margin: float, positions: Iterable[Any], orders: Iterable[Any]) -> bool:
    """Whether margin is held for nothing: the terminal has not loaded the positions yet."""
    return margin > 0 and not any(True for _ in positions) and not any(True for _ in orders)


def server_time(seconds: int) -> int:
    """A time that the module passes on as it is.

    It keeps seconds in 32 bits: beyond them it raises for an integer, and makes 1901 of a float.
    Of 0 it makes whatever its memory held before.
    """
    return max(1, min(seconds, 2**31 - 1))


def pieces(since_s: int, until_s: int) -> Iterator[Tuple[int, int]]:
    """A span in pieces, newest last, so that submits are looked for in between."""
    length_s = max(HISTORY_PIECE_S, -(-(until_s - since_s) // HISTORY_PIECES_MAX))
    start_s = since_s
    while start_s < until_s:
        yield start_s, min(start_s + length_s, until_s)
        start_s += length_s


def rate_of(row: Any) -> List[Any]:
    return [
        int(row["time"]),
        *(float(row[name]) for name in RATE_FLOATS),
        *(int(row[name]) for name in RATE_INTS),
    ]


def nearest(symbol: str, names: Sequence[str]) -> List[str]:
    """Names that hold the symbol's, such as those with a suffix, then those that look like it."""
    known = {name.upper(): name for name in names}
    wanted = symbol.upper()
    holding = sorted(name for name in known if wanted in name)
    alike = difflib.get_close_matches(wanted, list(known), n=5, cutoff=0.5)
    return [known[name] for name in dict.fromkeys(holding + alike)][:5]


def protocol_streams() -> Tuple[BinaryIO, BinaryIO]:
    """Standard input and output for lines alone: what a library prints goes to standard error."""
    target = os.fdopen(os.dup(1), "wb")
    sys.stdout.flush()
    try:
        os.dup2(2, 1)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.stdout = sys.stderr
    return sys.stdin.buffer, target


def main() -> int:
    # Ctrl-C reaches the whole console; when to end is the executor's to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, target = protocol_streams()
    outbox = Outbox(target)
    outbox.say("hello", schema=SCHEMA, peer="gateway", pid=os.getpid())
    outbox.flush()
    try:
        module = importlib.import_module("MetaTrader5")
    except Exception as error:
        text = f"MetaTrader5 cannot be imported: {error}"
        outbox.say("fault", code="module", text=text[:TEXT_CHARS_MAX])
        outbox.flush()
        return EXIT_NO_MODULE
    inbox = Inbox()
    threading.Thread(target=read_lines, args=(source, inbox), daemon=True).start()
    # That nobody listens any more is as the end of the input.
    with contextlib.suppress(PeerGone):
        Gateway(module, inbox, outbox, Clock()).run()
    return 0


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    # Without the interpreter's own end, which fails while the reader waits for a line.
    os._exit(status)
