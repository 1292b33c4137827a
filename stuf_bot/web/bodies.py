"""Reads the body of a delivery, so much and no more."""

import json
from typing import Any

from starlette.requests import Request

LIMIT = 1_000_000
"""Bytes; GitHub's largest deliveries that matter here are some tens of thousands."""


class Refused(Exception):  # noqa: N818 - it is an answer.
    """A delivery that changes nothing: the status and the sentence of the answer, and a stable code."""

    def __init__(self, status: int, reason: str, code: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.code = code


async def read_body(request: Request, limit: int = LIMIT) -> bytes:
    """The raw body. Raises Refused where it is too large, whatever its headers say."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > limit:
        raise Refused(413, "the body is too large", "too-large")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit:
            raise Refused(413, "the body is too large", "too-large")
    return bytes(body)


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object in a body. Raises Refused for anything else."""
    try:
        found = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "the body is no JSON", "no-json") from error
    if not isinstance(found, dict):
        raise Refused(400, "the body is no JSON object", "no-json")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
