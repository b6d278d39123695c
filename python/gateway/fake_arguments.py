"""Which arguments the ``MetaTrader5`` module takes, and what it says of others.

It looks at them before it looks for a terminal. ``fake_mt5`` refuses by this what the real module
refuses; ``contract.py`` holds both to it.
"""

from __future__ import annotations

from typing import Any, Dict, Tuple

RES_S_OK = 1
RES_E_FAIL = -1
RES_E_INVALID_PARAMS = -2
RES_E_NOT_FOUND = -4
RES_E_INVALID_VERSION = -5
RES_E_INTERNAL_FAIL_INIT = -10003
RES_E_INTERNAL_FAIL_CONNECT = -10004

TRADE_REQUEST = (
    "action magic order symbol volume price stoplimit sl tp deviation type type_filling type_time "
    "expiration comment position position_by"
)

Error = Tuple[int, str]
SUCCESS = (RES_S_OK, "Success")
INVALID = (RES_E_INVALID_PARAMS, "Invalid arguments")
NO_CONNECTION = (RES_E_INTERNAL_FAIL_CONNECT, "No IPC connection")
#: What the module says for ``symbols_get`` in its place.
VERSIONS = (
    RES_E_INVALID_VERSION,
    "Terminal: Incompatible versions, please install the latest version of Terminal and Python "
    "module",
)

FLOATS = ("volume", "price", "stoplimit", "sl", "tp")
#: Texts, and how many UTF-16 units each may have.
TEXTS = {"symbol": 29, "comment": 29, "path": 257, "password": 253, "server": 253}
INT32 = (-(2**31), 2**31 - 1)
#: Integers, and the least and the most of each.
INTS: Dict[str, Tuple[int, int]] = {
    **{name: (0, 2**32 - 1) for name in ("action", "type", "type_filling", "type_time", "timeout")},
    **{
        name: (0, 2**64 - 1)
        for name in ("magic", "order", "position", "position_by", "deviation", "login")
    },
    "expiration": (-(2**63), 2**63 - 1),
}


class Unfit(Exception):
    """An argument that the module refuses, whether there is a terminal or not."""

    def __init__(self, error: Error, raises: bool = False) -> None:
        super().__init__(error)
        self.error = error
        #: Whether the module raises one of its own, as it does where Python's conversion fails.
        self.raises = raises


def fit_text(value: Any, units_max: int, error: Error = INVALID) -> None:
    if not isinstance(value, str) or len(value.encode("utf-16-le", "replace")) // 2 > units_max:
        raise Unfit(error)


def fit_symbol(value: Any) -> None:
    fit_text(value, TEXTS["symbol"])


def fit_int32(value: Any) -> None:
    if not isinstance(value, int) or not INT32[0] <= value <= INT32[1]:
        raise Unfit(INVALID, raises=True)


def fit_time(value: Any) -> None:
    """A float fits, whatever becomes of it."""
    if isinstance(value, float):
        return
    if not isinstance(value, int):
        raise Unfit(INVALID)
    if not INT32[0] <= value <= INT32[1]:
        raise Unfit(NO_CONNECTION, raises=True)


def taken_time(value: float) -> int:
    """The seconds that the module makes of a time: it keeps them in 32 bits.

    Where they are 0 it keeps what its memory held before, which is here the latest time of all.
    """
    seconds = int(value)
    return INT32[0] if not INT32[0] <= seconds <= INT32[1] else seconds or INT32[1]


def fit_span(start: Any, end: Any) -> None:
    fit_time(start)
    fit_time(end)


def fit_named(name: str, value: Any) -> None:
    """A field of a request, or a named argument (MT5 reference 1.3)."""
    error = (RES_E_INVALID_PARAMS, f'Invalid "{name}" argument')
    if name in TEXTS:
        fit_text(value, TEXTS[name], error)
    elif name in FLOATS:
        if not isinstance(value, float):
            raise Unfit(error)
    elif name in INTS:
        least, most = INTS[name]
        if not isinstance(value, int):
            raise Unfit(error)
        if not least <= value <= most:
            raise Unfit(error, raises=True)


def fit_request(request: Any) -> None:
    if not isinstance(request, dict):
        raise Unfit(INVALID)
    for name in TRADE_REQUEST.split():
        if name in request:
            fit_named(name, request[name])


def fit_initialize(unnamed: Tuple[Any, ...], named: Dict[str, Any]) -> None:
    if len(unnamed) > 1:
        raise Unfit((RES_E_INVALID_PARAMS, "Invalid number of arguments"))
    for path in unnamed:
        fit_text(path, TEXTS["path"], (RES_E_INVALID_PARAMS, "Invalid 1st unnamed argument"))
    for name, value in named.items():
        fit_named(name, value)
