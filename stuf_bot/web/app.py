"""The web door: inbound webhooks and health. A delivery is stored, answered at once, and worked on later."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stuf_bot.audit.deliveries import REPEATED
from stuf_bot.clock import Clock, utc_now
from stuf_bot.inbox import Inbox
from stuf_bot.messages import DeliveryReceived
from stuf_bot.store.database import Database
from stuf_bot.web.bodies import Refused, read_body
from stuf_bot.web.hooks import Secret, github_delivery, stuf_delivery

log = logging.getLogger(__name__)

Ready = Callable[[], Mapping[str, bool]]
Note = Callable[[str, str], None]
Check = Callable[[Mapping[str, str], bytes], DeliveryReceived]


def web_app(  # noqa: PLR0913 - the door has as many hinges.
    database: Database,
    inbox: Inbox,
    *,
    secret: Secret,
    github_secrets: Sequence[SecretStr],
    ready: Ready = dict,
    unwanted: Note = lambda _source, _code: None,
    clock: Clock = utc_now,
) -> Starlette:
    """`secret` gives a STUF's notify key by its slug; `ready` what has to be true to be of use, by name.

    `unwanted` is told of each delivery that changes nothing: its source, and the code of the reason.
    """
    hooks: dict[str, Check] = {
        "stuf": lambda headers, body: stuf_delivery(headers, body, secret, clock()),
        "github": lambda headers, body: github_delivery(headers, body, github_secrets),
    }

    def store(delivery: DeliveryReceived) -> bool:
        with database.session() as session:
            return inbox.put(session, delivery)

    def hook(name: str, check: Check) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                body = await read_body(request)
                delivery = await run_in_threadpool(check, request.headers, body)
                new = await run_in_threadpool(store, delivery)
            except Refused as refusal:
                log.info("a delivery to /hooks/%s was refused: %s", name, refusal.reason)
                await run_in_threadpool(unwanted, name, refusal.code)
                return JSONResponse({"error": refusal.reason}, refusal.status)
            except SQLAlchemyError:
                log.warning("a delivery to /hooks/%s could not be stored", name, exc_info=True)
                return JSONResponse({"error": "not stored; send it again later"}, 503)
            if not new:
                await run_in_threadpool(unwanted, name, REPEATED)
            return JSONResponse({"stored": new}, 202)

        return answer

    async def health(_request: Request) -> Response:
        return JSONResponse({"alive": True})

    async def readiness(_request: Request) -> Response:
        parts = dict(await run_in_threadpool(ready))
        return JSONResponse(parts, 200 if all(parts.values()) else 503)

    return Starlette(
        routes=[
            *(Route(f"/hooks/{name}", hook(name, check), methods=["POST"]) for name, check in hooks.items()),
            Route("/healthz", health),
            Route("/readyz", readiness),
        ]
    )
