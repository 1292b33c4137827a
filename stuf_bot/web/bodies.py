"""Reads the body of a delivery, so much, so long and no more."""

import asyncio
import json
import math
from typing import Any

from starlette.requests import ClientDisconnect, Request

LIMIT = 1_000_000
"""Bytes; GitHub's largest deliveries that matter here are some tens of thousands."""
SECONDS = 5.0
"""How long a body may take to arrive."""
ROOM = 64_000_000
"""Bytes of all bodies that are being read at once."""
_DIGITS = 40


class Refused(Exception):  # noqa: N818 - it is an answer.
    """A delivery that changes nothing: the status and the sentence of the answer, and a stable code.

    `again`: after how many seconds the sender may come again; None where that would not help.
    """

    def __init__(self, status: int, reason: str, code: str, *, again: float | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.code = code
        self.again = again


class Reader:
    """Reads bodies, each within a size (bytes) and a time (seconds), and all together within `room` (bytes)."""

    def __init__(self, limit: int = LIMIT, seconds: float = SECONDS, room: int = ROOM) -> None:
        self._limit = limit
        self._seconds = seconds
        self._room = room

    async def read(self, request: Request) -> bytes:
        """The raw body. Raises Refused where it is too large or too slow, whatever its headers say."""
        declared = request.headers.get("content-length", "0")
        if not declared.isdecimal() or not declared.isascii() or _more(declared, self._limit):
            raise _too_large()
        body = bytearray()
        try:
            async with asyncio.timeout(self._seconds):
                async for piece in request.stream():
                    self._room -= len(piece)
                    body += piece
                    if len(body) > self._limit:
                        raise _too_large()
                    if self._room < 0:
                        raise Refused(503, "too much at once; send it again later", "too-much", again=1.0)
        except TimeoutError as error:
            raise Refused(408, "the body did not arrive in time", "too-slow") from error
        except ClientDisconnect as error:
            raise Refused(400, "the body broke off", "broken-off") from error
        finally:
            self._room += len(body)
        return bytes(body)


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object in a body. Raises Refused for anything else."""
    try:
        found = json.loads(
            body.decode("utf-8"), parse_constant=_no_constant, parse_float=_finite, parse_int=_whole
        )
    except (ValueError, RecursionError) as error:
        raise Refused(400, "the body is no JSON", "no-json") from error
    if not isinstance(found, dict):
        raise Refused(400, "the body is no JSON object", "no-json")
    return found


def _more(declared: str, limit: int) -> bool:
    # A number of thousands of digits is not even read.
    return len(declared) > len(str(limit)) + 20 or int(declared) > limit


def _too_large() -> Refused:
    return Refused(413, "the body is too large", "too-large")


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError("a number that is too large")
    return number


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise ValueError("a number that is too long")
    return int(digits)
