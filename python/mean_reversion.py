"""Buys far below the average of the last closes and sells far above it; leaves at the average.

Rules: ``strategy = { command = ["python3", "mean_reversion.py"], bars = 50 }`` and ``parameters = { width =
2.0 }``, in standard deviations. With pandas the figures are computed by pandas, otherwise by the
standard library; they are the same.
"""

from __future__ import annotations

import statistics
from typing import Sequence, Tuple

from tickdeck import Answer, Question, run

try:
    import pandas
except ImportError:
    pandas = None  # type: ignore[assignment]


def mean_and_deviation(closes: Sequence[float]) -> Tuple[float, float]:
    """The mean and the standard deviation of a whole population."""
    if pandas is None:
        return statistics.fmean(closes), statistics.pstdev(closes)
    series = pandas.Series(closes)
    return float(series.mean()), float(series.std(ddof=0))


def on_bar(question: Question) -> Answer:
    closes = [bar.close for bar in question.bars]
    mean, deviation = mean_and_deviation(closes)
    if len(closes) < 2 or deviation == 0.0:
        return Answer()
    score = (closes[-1] - mean) / deviation
    width = question.parameters.get("width", 2.0)
    leaves = [side for side, over in (("buy", score >= 0.0), ("sell", score <= 0.0)) if over]
    held = [side for side in leaves if question.holds(side)]
    if score <= -width and not question.holds("buy"):
        return Answer(enter="buy", exit=held or None)
    if score >= width and not question.holds("sell"):
        return Answer(enter="sell", exit=held or None)
    return Answer(exit=held or None)


if __name__ == "__main__":
    run(on_bar)
