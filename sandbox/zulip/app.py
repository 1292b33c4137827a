"""The server as an ASGI application: authentication, rate limit, answers."""

import base64
import binascii
import hmac
import inspect
import json
from typing import Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.zulip import routes, server, uploads
from sandbox.zulip.call import Arguments, Call, read_arguments
from sandbox.zulip.errors import Json, Refused, unauthorized
from sandbox.zulip.faults import Fault, Faults
from sandbox.zulip.ratelimit import RateLimit
from sandbox.zulip.records import User
from sandbox.zulip.world import World

_API = "/api/v1/"
_KEY_LENGTH = 32
_NOT_FOUND = "<!DOCTYPE html>\n<html lang='en'><head><title>Error | Zulip</title></head><body>Page not found</body></html>"
_CRASHED = (
    "<!DOCTYPE html><html><head><title>Internal server error | Zulip</title></head>"
    "<body>Internal server error</body></html>\n"
)
_AVATAR = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="#bbc"/>'
    '<circle cx="4" cy="3" r="1.5" fill="#fff"/><path d="M1 8a3 3 0 0 1 6 0" fill="#fff"/></svg>'
)
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_PLAIN_HEADERS = {"Cache-Control": "max-age=0, no-cache, no-store, must-revalidate, private"}


def answer(body: Json, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(
        text.encode("utf-8", "replace"), status, {**_PLAIN_HEADERS, **(headers or {})}, "application/json"
    )


def _broken(fault: Fault) -> Response:
    body = fault.body if fault.body is not None else _CRASHED
    kind = "application/json" if body.startswith("{") else "text/html"
    return Response(body, fault.status, media_type=kind)


class App:
    """Answers requests to one realm."""

    def __init__(self, world: World, faults: Faults, rate_limit: int) -> None:
        self._world = world
        self._faults = faults
        self._limits = RateLimit(rate_limit, world.clock)

    def asgi(self, extra_routes: list[BaseRoute]) -> Starlette:
        """The application; `extra_routes` come first, so a page can be served beside the realm."""
        everything = Route("/{path:path}", self._serve, methods=_METHODS)
        return Starlette(routes=[*extra_routes, everything])

    async def _serve(self, request: Request) -> Response:
        path = unquote(request.url.path)
        fault = self._faults.meet(request.method, path)
        if fault is not None and not fault.after_effect:
            return _broken(fault)
        try:
            response = await self._answer(request, path)
        except Refused as refused:
            response = answer(refused.body(), refused.status, refused.headers)
        finally:
            self._world.store.commit()
        return response if fault is None else _broken(fault)

    async def _answer(self, request: Request, path: str) -> Response:
        if path.startswith("/user_uploads/"):
            return uploads.download(
                self._world, path.removeprefix("/user_uploads/"), self._optional_user(request)
            )
        if path == "/static/images/default-avatar.png":
            return Response(_AVATAR, media_type="image/svg+xml")
        if path == "/api/v1/server_settings":
            return answer({"result": "success", "msg": "", **server.settings(self._world)})
        found = routes.find(path.removeprefix(_API)) if path.startswith(_API) else None
        if found is None:
            return Response(_NOT_FOUND, 404, media_type="text/html")
        handlers, parts = found
        method = "GET" if request.method == "HEAD" else request.method
        if method not in handlers:
            allowed = [*handlers, *(["HEAD"] if "GET" in handlers else [])]
            body = {"result": "error", "msg": "Method Not Allowed", "allowed_methods": allowed}
            return answer(body, 405, {"Allow": ", ".join(allowed)})
        user = self._user(request)
        polling = path == "/api/v1/events"
        headers = self._limits.count(f"{user.id}:{'events' if polling else 'api'}")
        return await self._call(request, user, handlers[method], parts, headers)

    async def _call(
        self, request: Request, user: User, handler: Any, parts: list[Any], headers: dict[str, str]
    ) -> Response:
        given, files = await read_arguments(request)
        call = Call(self._world, user, Arguments(given), request)
        call.files = files
        try:
            result = handler(call, *parts)
            if inspect.isawaitable(result):
                result = await result
        except Refused as refused:
            refused.headers = headers | refused.headers
            raise
        body = {"result": "success", "msg": "", **result}
        unknown = call.arguments.unknown()
        if unknown:
            body["ignored_parameters_unsupported"] = unknown
        return answer(body, headers=headers)

    def _optional_user(self, request: Request) -> User | None:
        if "authorization" not in request.headers:
            return None
        return self._user(request)

    def _user(self, request: Request) -> User:
        """The account that calls, by HTTP basic authentication with e-mail and API key. Raises Refused."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not token:
            raise unauthorized("Not logged in: API authentication or user session required")
        if scheme.lower() != "basic":
            raise unauthorized("This endpoint requires HTTP basic authentication.")
        try:
            email, _, key = base64.b64decode(token, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise unauthorized("Invalid authorization header for basic auth") from error
        if len(key) != _KEY_LENGTH or not key.isascii() or not key.isalnum():
            raise unauthorized("Malformed API key")
        user = self._world.user_by_email(email)
        if user is None or not hmac.compare_digest(user.api_key, key):
            raise unauthorized("Invalid API key")
        if not user.active:
            raise unauthorized("Account is deactivated")
        return user
