"""One request to the REST API: what came in, who asks, and how answers and errors look."""

import base64
import binascii
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.endpoints import Handler, Handlers
from sandbox.github import access, git, records
from sandbox.github.realm import Realm
from sandbox.github.versions import OLDEST, VERSIONS, adapt

DOCUMENTATION = "https://docs.github.com/rest"
_LIMIT = 5000
_MAX_PAGE = 100
_READ, _WRITE, _ADMIN = 1, 3, 5


@dataclass(frozen=True)
class Answer:
    """A status with a JSON body (None: no body) and more headers."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None


class ApiError(Exception):
    """An error in GitHub's form."""

    def __init__(
        self, status: int, message: str, errors: Any = None, documentation: str = DOCUMENTATION
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message}
        if errors is not None:
            self.body["errors"] = errors
        self.body["documentation_url"] = documentation
        self.body["status"] = str(status)


def not_found() -> ApiError:
    return ApiError(404, "Not Found")


def invalid(message: str, resource: str, name: str, code: str = "invalid") -> ApiError:
    """The 422 that names one field of a resource."""
    error = {"resource": resource, "code": code, "field": name, "message": message}
    return ApiError(422, "Validation Failed", [error])


@dataclass
class Call:
    """A request whose sender is known; `base` is the address at which it was asked."""

    realm: Realm
    request: Request
    caller: access.Caller
    base: str
    body: dict[str, Any]

    @property
    def path(self) -> dict[str, Any]:
        return self.request.path_params

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    @property
    def version(self) -> str:
        return self.request.headers.get("x-github-api-version", OLDEST)

    def login(self) -> str:
        """The account that asks. Raises 401 for nobody."""
        if not self.caller.login:
            raise ApiError(401, "Requires authentication")
        return self.caller.login

    def repository(self, level: int = _READ) -> records.Repository:
        """The repository of the address. Raises 404 or 403 as GitHub does when the caller may not."""
        repository = self.realm.repository(self.path["owner"], self.path["repo"])
        allowed = access.level(self.realm, self.caller, repository) if repository else 0
        if repository is None or allowed < _READ:
            raise not_found()
        if level > allowed:
            self.login()
            missing = "Resource not accessible by integration"
            if self.caller.is_person:
                missing = (
                    "Must have admin rights to Repository."
                    if level == _ADMIN
                    else "Resource not accessible by personal access token"
                )
            raise ApiError(403, missing)
        return repository

    def writable(self) -> records.Repository:
        return self.repository(_WRITE)

    def administered(self) -> records.Repository:
        return self.repository(_ADMIN)

    def text(self, name: str, *, resource: str, default: str | None = None) -> str:
        """A required (unless there is a default) text of the body. Raises 422."""
        value = self.body.get(name, default)
        if value is None:
            raise ApiError(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')
        if not isinstance(value, str):
            raise invalid(f"{name} must be a string", resource, name)
        return value

    def page(self, items: list[Any], key: str | None = None, **more: Any) -> Answer:
        """One page of a list, with GitHub's `Link` header; `key` wraps it with `total_count`."""
        size = page_size(self.query)
        current = _number(self.query.get("page"), 1, 10**9)
        last = max(1, -(-len(items) // size))
        part = items[(current - 1) * size : current * size]
        links = {"prev": current - 1, "first": 1} if current > 1 else {}
        if current < last:
            links |= {"next": current + 1, "last": last}
        link = ", ".join(f'<{self._page_address(number)}>; rel="{name}"' for name, number in links.items())
        body: Any = {"total_count": len(items), key: part, **more} if key else part
        return Answer(200, body, {"Link": link} if link else {})

    def _page_address(self, number: int) -> str:
        query = {**self.query, "page": str(number)}
        rest = "&".join(f"{quote(name)}={quote(value)}" for name, value in query.items())
        return f"{self.base}{self.request.url.path}?{rest}"


class Api(Handlers[Call]):
    """The handlers of one part."""

    def routes(self, realm: Realm) -> list[Route]:
        """Starlette routes; one a path, so that an unknown method answers 404 as GitHub does."""
        return self.one_a_path(lambda _, found: _endpoint(realm, found))


def _endpoint(realm: Realm, handlers: Mapping[str, Handler[Call]]) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        raw = await request.body()
        return await run_in_threadpool(_respond, realm, handlers.get(request.method), request, raw)

    return answer


def _respond(realm: Realm, handler: Handler[Call] | None, request: Request, raw: bytes) -> Response:
    version = request.headers.get("x-github-api-version", OLDEST)
    try:
        caller = _caller(realm, request)
        if version not in VERSIONS:
            raise ApiError(400, "Invalid API version requested.")  # noqa: TRY301 - every way out is the same
        if handler is None:
            raise not_found()
        result = handler(Call(realm, request, caller, base_of(request), _body(raw)))
        answer = result if isinstance(result, Answer) else Answer(204 if result is None else 200, result)
    except ApiError as wrong:
        answer = Answer(wrong.status, wrong.body)
    except git.GitError as wrong:
        # Names that no repository can have: the request's fault, and Git says which.
        answer = Answer(422, ApiError(422, str(wrong)).body)
    return _to_response(realm, answer, version)


def _to_response(realm: Realm, answer: Answer, version: str) -> Response:
    """The HTTP response, with the headers that GitHub sends with everything."""
    headers = {
        "X-GitHub-Media-Type": "github.v3; format=json",
        "X-GitHub-Request-Id": uuid.uuid4().hex[:20].upper(),
        "X-GitHub-Api-Version-Selected": version,
        "X-RateLimit-Limit": str(_LIMIT),
        "X-RateLimit-Remaining": str(_LIMIT - 1),
        "X-RateLimit-Used": "1",
        "X-RateLimit-Reset": str(int(realm.clock()) + 3600),
        "X-RateLimit-Resource": "core",
        "Cache-Control": "private, max-age=0",
        "X-Content-Type-Options": "nosniff",
        **answer.headers,
    }
    if answer.raw is not None:
        return Response(answer.raw, answer.status, headers)
    if answer.body is None:
        return Response(status_code=answer.status, headers=headers)
    content = json.dumps(adapt(answer.body, version)).encode()
    return Response(content, answer.status, headers, media_type="application/json; charset=utf-8")


def base_of(request: Request) -> str:
    """The address of this server as the caller knows it, without a trailing slash."""
    return f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}"


def credentials(header: str) -> str | None:
    """The token in an `Authorization` header of any of GitHub's forms; None if there is none."""
    scheme, _, value = header.strip().partition(" ")
    match scheme.lower():
        case "token" | "bearer":
            return value.strip()
        case "basic":
            try:
                user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return ""
            return user if password in {"", "x-oauth-basic"} else password
    return None


def page_size(query: Mapping[str, str]) -> int:
    """How many things one page of a list has."""
    return _number(query.get("per_page"), 30, _MAX_PAGE)


def timestamp(seconds: float | None) -> str | None:
    """Unix seconds as GitHub writes times; None stays None."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _caller(realm: Realm, request: Request) -> access.Caller:
    given = credentials(request.headers.get("authorization", ""))
    if given is None:
        return access.NOBODY
    try:
        return access.recognise(realm, given)
    except access.BadCredentialsError as wrong:
        raise ApiError(401, "Bad credentials") from wrong


def _body(raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except ValueError as wrong:
        raise ApiError(400, "Problems parsing JSON") from wrong
    if isinstance(body, list):
        return {"": body}
    if not isinstance(body, dict):
        raise ApiError(400, "Body should be a JSON object")
    return body


def _number(text: str | None, default: int, most: int) -> int:
    return min(most, max(1, int(text))) if text and text.isdigit() else default
