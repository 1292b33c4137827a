"""The web door of a bot that stands by: alive, not ready, and every delivery goes to the other one."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


def standby_app() -> Starlette:
    """Answers 503 to all but `/healthz`, so that a proxy asks the other bot, and a sender comes again."""

    async def health(_request: Request) -> Response:
        return JSONResponse({"alive": True})

    async def readiness(_request: Request) -> Response:
        return JSONResponse({"stands_by": True}, 503)

    async def hook(_request: Request) -> Response:
        return JSONResponse({"error": "this bot stands by; send it again later"}, 503)

    return Starlette(
        routes=[
            Route("/healthz", health),
            Route("/readyz", readiness),
            Route("/hooks/{name}", hook, methods=["POST"]),
        ]
    )
