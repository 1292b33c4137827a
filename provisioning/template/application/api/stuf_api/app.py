"""The application: its routes, put together, and what it answers when something goes wrong."""

import logging
import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from stuf_api.errors import ApiError
from stuf_api.hardening import Hardening
from stuf_api.routes_public import public_routes
from stuf_api.routes_sign_in import sign_in_routes
from stuf_api.routes_uploads import upload_routes
from stuf_api.services import Services
from stuf_api.watching import Watched, route_of

_log = logging.getLogger(__name__)


def create_app(services: Services) -> Any:
    """The ASGI application; it publishes no description of itself."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    for router in (public_routes(services), sign_in_routes(services), upload_routes(services)):
        app.include_router(router, prefix="/api")
    app.add_exception_handler(ApiError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _unrouted)
    app.add_exception_handler(Exception, _failing(services))
    return Hardening(Watched(app, services.reporter))


def _answer(error: ApiError) -> JSONResponse:
    return JSONResponse(error.body(), status_code=error.status)


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)  # noqa: S101 - registered for this type only
    return _answer(error)


async def _malformed(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type only
    # Names of fields only: what was sent may be personal, and is not echoed.
    fields = sorted({str(problem["loc"][-1]) for problem in error.errors() if problem["loc"][0] != "header"})
    named = [field for field in fields if field.isidentifier()]
    message = f"Please check: {', '.join(named)}." if named else "This request cannot be read."
    return _answer(ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "request-invalid", message))


async def _unrouted(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type only
    status = HTTPStatus(error.status_code)
    return _answer(ApiError(status, status.phrase.lower().replace(" ", "-"), f"{status.phrase}."))


def _failing(services: Services) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def failed(request: Request, error: Exception) -> Response:
        # Where it happened, never what was said: messages of services quote keys, names and addresses.
        reference = secrets.token_hex(4)
        places, trace = [], error.__traceback__
        while trace:
            places.append(f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}")
            trace = trace.tb_next
        _log.error(
            "request failed, reference %s: %s at %s", reference, type(error).__name__, " > ".join(places[-6:])
        )
        await run_in_threadpool(_report, services, request, error, reference)
        return _answer(
            ApiError(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                "internal-error",
                f"Something went wrong on our side. Please try again; if it stays, quote {reference}.",
            )
        )

    return failed


def _report(services: Services, request: Request, error: Exception, reference: str) -> None:
    participant = getattr(request.state, "participant", None)
    try:
        person = services.pseudonym(participant)
    except Exception:  # noqa: BLE001 - the secret may be what cannot be read.
        person = None
    services.reporter.failed(error, route_of(request.scope) or "no route", reference, person)
