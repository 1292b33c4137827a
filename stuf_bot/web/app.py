"""The web door: inbound webhooks, health and figures. A delivery is stored, answered at once, and worked on later."""

import time
from collections.abc import Awaitable, Callable, Mapping

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stuf_bot.inbox import Inbox
from stuf_bot.store.database import Database
from stuf_bot.web.door import Door, Hook, Limits, Note
from stuf_bot.web.metrics import Metrics, metrics_page
from stuf_bot.web.storing import PutErrand, Storing

Ready = Callable[[], Mapping[str, bool]]


def web_app(  # noqa: PLR0913 - the door has as many hinges.
    database: Database,
    inbox: Inbox,
    hooks: Mapping[str, Hook],
    *,
    ready: Ready = dict,
    unwanted: Note = lambda _source, _code: None,
    limits: Limits | None = None,
    put_errand: PutErrand | None = None,
    metrics: Metrics | None = None,
    metrics_token: SecretStr | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> Starlette:
    """`hooks`: by their names, what is taken at /hooks/. `ready`: what has to be true to be of use, by name.

    `unwanted` is told of each delivery that changes nothing: its source, and the code of the reason.
    """
    figures = metrics or Metrics()
    door = Door(
        Storing(database, inbox, put_errand),
        limits=limits or Limits(),
        unwanted=unwanted,
        count=figures.delivery,
        monotonic=monotonic,
    )

    def answers(name: str, hook: Hook) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return await door.answer(name, hook, request)

        return answer

    async def health(_request: Request) -> Response:
        return JSONResponse({"alive": True})

    async def readiness(_request: Request) -> Response:
        parts = dict(await run_in_threadpool(ready))
        return JSONResponse(parts, 200 if all(parts.values()) else 503)

    return Starlette(
        routes=[
            *(Route(f"/hooks/{name}", answers(name, hook), methods=["POST"]) for name, hook in hooks.items()),
            Route("/healthz", health),
            Route("/readyz", readiness),
            Route("/metrics", metrics_page(figures, metrics_token)),
        ]
    )
