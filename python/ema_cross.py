"""Buys when the fast average comes to stand above the slow one, sells when it comes to stand below.

Rules: ``strategy = { command = ["python3", "ema_cross.py"] }, lines = ["EMA_20", "EMA_50"]``. The first
line is the fast one.
"""

from __future__ import annotations

from typing import Optional

from tickdeck import Answer, Question, run


class EmaCross:
    """Remembers on which side the averages last stood."""

    def __init__(self) -> None:
        self.above: Optional[bool] = None

    def on_bar(self, question: Question) -> Answer:
        fast, slow = list(question.values.values())[:2]
        if fast is None or slow is None or fast == slow:
            return Answer()
        before, self.above = self.above, fast > slow
        if before is None or before == self.above:
            return Answer()
        return Answer(enter="buy", exit="sell") if self.above else Answer(enter="sell", exit="buy")


if __name__ == "__main__":
    run(EmaCross().on_bar)
