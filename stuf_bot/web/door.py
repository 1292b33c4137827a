"""What happens to a delivery, whoever sent it: read, checked, counted, stored, answered, and nothing more."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import ceil

from anyio import CapacityLimiter, to_thread
from sqlalchemy.exc import SQLAlchemyError
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from stuf_bot.audit.deliveries import REPEATED
from stuf_bot.web.bodies import LIMIT, SECONDS, Reader, Refused
from stuf_bot.web.checks import Accepted
from stuf_bot.web.rates import BURST_SECONDS, Rates
from stuf_bot.web.storing import Storing

log = logging.getLogger(__name__)

Note = Callable[[str, str], None]
Count = Callable[[str, str, float], None]
"""Told of each answer: the source, what came of it, and the seconds from the last byte to the answer."""

STORED = "stored"
NOT_STORED = "not-stored"
_SMALL = 65_536
_CHECKS = 16
# The connection still holds a body that nobody wants.
_UNREAD = {"too-large", "too-slow", "too-much", "broken-off"}


@dataclass(frozen=True, slots=True)
class Hook:
    """How deliveries at one address are checked: (headers, query, body); raises Refused.

    `waits`: the check may ask somebody else first, and so must not hold up the others.
    """

    check: Callable[[Mapping[str, str], Mapping[str, str], bytes], Accepted]
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What is taken: bytes and seconds of a body, deliveries a second of one sender, seconds until the answer.

    Sentry waits for a second, and no longer for good if it had to wait a thousand times a day.
    """

    body_bytes: int = LIMIT
    body_seconds: float = SECONDS
    per_second: float = 200.0
    burst_seconds: float = BURST_SECONDS
    answer_seconds: float = 0.8


class Door:
    """Answers deliveries. `unwanted` is told of each that changes nothing, `count` of all."""

    def __init__(
        self,
        storing: Storing,
        *,
        limits: Limits,
        unwanted: Note,
        count: Count,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._storing = storing
        self._limits = limits
        self._reader = Reader(limits.body_bytes, limits.body_seconds)
        self._rates = Rates(limits.per_second, limits.burst_seconds, monotonic=monotonic)
        self._checking = CapacityLimiter(_CHECKS)
        self._unwanted = unwanted
        self._count = count

    async def answer(self, source: str, hook: Hook, request: Request) -> Response:
        """The answer to a delivery; what is wrong with it is told in general words."""
        begin = time.perf_counter()
        try:
            body = await self._reader.read(request)
            begin = time.perf_counter()
            accepted = await self._checked(hook, request, body)
            # After the check: what is forged takes nothing from those whose name it uses.
            self._rates.charge(accepted.sender)
            new = await self._stored(accepted)
        except Refused as refusal:
            self._count(source, refusal.code, time.perf_counter() - begin)
            return self._refuse(source, refusal)
        except (SQLAlchemyError, TimeoutError):
            log.warning("a delivery to /hooks/%s could not be stored", source, exc_info=True)
            self._count(source, NOT_STORED, time.perf_counter() - begin)
            return JSONResponse(
                {"error": "not stored; send it again later"}, 503, headers={"Retry-After": "10"}
            )
        if not new:
            # Nor does what is played again.
            self._rates.give_back(accepted.sender)
        self._count(source, STORED if new else REPEATED, time.perf_counter() - begin)
        return JSONResponse(
            {"stored": new}, 202, background=None if new else BackgroundTask(self._unwanted, source, REPEATED)
        )

    async def _checked(self, hook: Hook, request: Request, body: bytes) -> Accepted:
        if hook.waits or len(body) > _SMALL:
            # Storing has threads of its own: it does not wait for whoever is asked here.
            check = partial(hook.check, request.headers, request.query_params, body)
            return await to_thread.run_sync(check, limiter=self._checking)
        return hook.check(request.headers, request.query_params, body)

    async def _stored(self, accepted: Accepted) -> bool:
        # It is stored all the same, only later; the sender's next attempt is then known already.
        stored = asyncio.ensure_future(self._storing.put(accepted))
        done, _ = await asyncio.wait([stored], timeout=self._limits.answer_seconds)
        if not done:
            stored.add_done_callback(_seen)
            raise TimeoutError("the database is busy")
        return stored.result()

    def _refuse(self, source: str, refusal: Refused) -> Response:
        log.info("a delivery to /hooks/%s was refused: %s", source, refusal.reason)
        headers = {}
        if refusal.again is not None:
            headers["Retry-After"] = str(ceil(refusal.again))
        if refusal.code in _UNREAD:
            headers["Connection"] = "close"
        return JSONResponse(
            {"error": refusal.reason, "code": refusal.code},
            refusal.status,
            headers=headers,
            background=BackgroundTask(self._unwanted, source, refusal.code),
        )


def _seen(stored: "asyncio.Future[bool]") -> None:
    if not stored.cancelled() and stored.exception() is not None:
        log.warning("a delivery could not be stored", exc_info=stored.exception())
