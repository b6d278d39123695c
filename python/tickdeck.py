"""Strategies for tickdeck, written in Python.

A strategy is a function of a closed bar. tickdeck starts the program, asks it once a closed bar, and
takes what it answers as an event, so that a recording replays without Python::

    from tickdeck import Answer, Question, run

    def on_bar(question: Question) -> Answer:
        if question.values["EMA_20"] > question.values["EMA_50"] and not question.positions:
            return Answer(enter="buy")
        return Answer()

    run(on_bar)

Standard output belongs to the answers. What a strategy prints once ``run`` has begun goes to standard
error instead; before that, nothing may be printed. An exception ends the program: tickdeck then halts the strategy and says so.

The module needs Python 3.9 and nothing else.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import Any, Callable, Optional, Sequence, TextIO, Union

__all__ = ["Account", "Answer", "Bar", "Position", "Question", "run"]


@dataclass(frozen=True)
class Bar:
    """A closed bar. Prices are Bid; the time is that of the server's clock."""

    time: str
    open: float
    high: float
    low: float
    close: float
    tick_volume: int
    #: The smallest spread, in points.
    spread: int
    real_volume: int


@dataclass(frozen=True)
class Position:
    """An open position of the strategy."""

    ticket: int
    #: "buy" or "sell".
    side: str
    #: In lots.
    volume: float
    price_open: float
    sl: Optional[float]
    tp: Optional[float]
    #: The floating profit in the symbol's profit currency; None while it cannot be told.
    profit: Optional[float]
    #: Whether it is being closed.
    closing: bool


@dataclass(frozen=True)
class Account:
    """What the account has, in its currency."""

    currency: str
    balance: float
    #: None while it is not certain.
    equity: Optional[float]


@dataclass(frozen=True)
class Question:
    """What tickdeck asks at a closed bar."""

    id: int
    strategy: str
    #: True for the first question of a run: what was remembered before is of another one.
    begins: bool
    deadline_ms: int
    symbol: str
    timeframe: str
    parameters: dict[str, float]
    #: The last closed bars, oldest first, as many as the rules ask for.
    bars: list[Bar]
    #: The values of the rules' lines by their names; None where a line has none.
    values: dict[str, Optional[float]]
    bid: Optional[float]
    ask: Optional[float]
    positions: list[Position]
    #: None before it is known.
    account: Optional[Account]

    @property
    def bar(self) -> Bar:
        """The bar that has just closed."""
        return self.bars[-1]

    def holds(self, side: str) -> bool:
        """Whether the strategy has a position on a side that is not being closed."""
        return any(one.side == side and not one.closing for one in self.positions)


@dataclass(frozen=True)
class Answer:
    """What the strategy wants. What is left out stays as it is."""

    #: "buy" or "sell": enter on that side.
    enter: Optional[str] = None
    #: "buy", "sell", "all" or a list of sides: close these positions.
    exit: Union[str, Sequence[str], None] = None
    #: The stop loss of the entry, a price; without stops the rules' own hold.
    sl: Optional[float] = None
    #: The take profit of the entry, a price.
    tp: Optional[float] = None


def read(line: str) -> Question:
    """Reads a question from its line."""
    given: dict[str, Any] = json.loads(line)
    account = given["account"]
    return Question(
        id=given["id"],
        strategy=given["strategy"],
        begins=given["begins"],
        deadline_ms=given["deadline_ms"],
        symbol=given["symbol"],
        timeframe=given["timeframe"],
        parameters=given["parameters"],
        bars=[Bar(**bar) for bar in given["bars"]],
        values=given["values"],
        bid=given["bid"],
        ask=given["ask"],
        positions=[Position(**position) for position in given["positions"]],
        account=None if account is None else Account(**account),
    )


def write(question: Question, answer: Optional[Answer]) -> str:
    """The line that answers a question; None wants nothing."""
    said: dict[str, Any] = {"id": question.id}
    if answer is not None:
        for name in ("enter", "exit", "sl", "tp"):
            value = getattr(answer, name)
            if value is not None:
                said[name] = value if isinstance(value, (str, int, float)) else list(value)
    # A stop that is no number is an error of the strategy, and is found here rather than there.
    return json.dumps(said, allow_nan=False)


def run(
    on_bar: Callable[[Question], Optional[Answer]],
    questions: Optional[TextIO] = None,
    answers: Optional[TextIO] = None,
) -> None:
    """Answers questions until there are no more."""
    if answers is None:
        # A copy of standard output for the answers; whatever else is printed goes to standard error.
        answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
    if questions is None:
        questions = open(0, encoding="utf-8")
    for line in questions:
        question = read(line)
        answers.write(write(question, on_bar(question)) + "\n")
        answers.flush()
