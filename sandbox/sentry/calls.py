"""One request to the REST API: what came in, who asks, and how answers and errors look."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.endpoints import Handler, Handlers
from sandbox.sentry import records
from sandbox.sentry.realm import Realm, digest

PREFIX: Final = "/api/0"
_MOST_PER_PAGE: Final = 100
_WEIGHT: Final = {"read": 1, "releases": 2, "write": 2, "admin": 3}
_CONCURRENT: Final = 25
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """A status with a JSON body (None: no body) and more headers."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class ApiError(Exception):
    """An error in Sentry's form: `{"detail": …}`, or `{"<field>": ["…"]}`."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = {"detail": body} if isinstance(body, str) else body


def not_found(detail: str = "The requested resource does not exist") -> ApiError:
    return ApiError(404, detail)


def invalid(name: str, message: str) -> ApiError:
    """The 400 that names one field."""
    return ApiError(400, {name: [message]})


@dataclass
class Call:
    """A request; `user` and `scopes` are those of its token."""

    realm: Realm
    request: Request
    user: records.User
    scopes: tuple[str, ...]
    body: dict[str, Any]

    @property
    def path(self) -> dict[str, Any]:
        return self.request.path_params

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    def many(self, name: str) -> list[str]:
        """All values of a query parameter that may be repeated."""
        return self.request.query_params.getlist(name)

    def need(self, scope: str) -> None:
        """Raises 403 unless the token may do this: `event:write`, which `event:admin` includes."""
        resource, _, level = scope.partition(":")
        for given in self.scopes:
            kind, _, may = given.partition(":")
            if kind == resource and _WEIGHT.get(may, 0) >= _WEIGHT[level]:
                return
        raise ApiError(403, "You do not have permission to perform this action.")

    def organization(self, scope: str) -> records.Organization:
        """The organization of the address. Raises 404 or 403."""
        found = self.realm.organization(self.path["org"])
        if found is None:
            raise not_found()
        if found.id != self.user.organization:
            raise ApiError(403, "You do not have permission to perform this action.")
        self.need(scope)
        return found

    def project(self, scope: str) -> records.Project:
        """The project of the address. Raises 404 or 403."""
        found = self.realm.project(self.organization(scope).id, self.path["project"])
        if found is None:
            raise not_found()
        return found

    def page(self, rows: Sequence[T], shape: Callable[[T], Any], size: int | None = None) -> Answer:
        """One page of a list, with Sentry's cursors in the `Link` header."""
        size = size or self.size(_MOST_PER_PAGE)
        offset = _offset(self.query.get("cursor", ""))
        part = rows[offset : offset + size]
        links = [
            self._link("previous", max(0, offset - size), offset > 0, back=1),
            self._link("next", offset + size, offset + size < len(rows), back=0),
        ]
        headers = {"Link": ", ".join(links), "X-Hits": str(len(rows)), "X-Max-Hits": "1000"}
        return Answer(200, [shape(row) for row in part], headers)

    def size(self, default: int) -> int:
        """How many things a page has. Raises 400 for no number."""
        given = self.query.get("per_page") or self.query.get("limit") or str(default)
        if not given.isdigit() or int(given) < 1:
            raise ApiError(400, "Invalid per_page parameter.")
        return min(int(given), _MOST_PER_PAGE)

    def _link(self, kind: str, offset: int, results: bool, back: int) -> str:  # noqa: FBT001 - of two calls above
        cursor = f"0:{offset}:{back}"
        kept = [(name, value) for name, value in self.request.query_params.multi_items() if name != "cursor"]
        address = f"{self.realm.url}{self.request.url.path}?{urlencode([*kept, ('cursor', cursor)])}"
        there = "true" if results else "false"
        return f'<{address}>; rel="{kind}"; results="{there}"; cursor="{cursor}"'


class Api(Handlers[Call]):
    """The handlers of one part."""

    def routes(self, realm: Realm) -> list[Route]:
        """One route an address, whatever its methods; all count on one meter."""
        meter = _Meter(realm)
        return self.one_a_path(lambda path, found: _endpoint(realm, meter, path, found), PREFIX)


class _Meter:
    """Counts the calls of each token on each endpoint within the present second."""

    def __init__(self, realm: Realm) -> None:
        self._realm = realm
        self._second = 0
        self._calls: dict[tuple[str, ...], int] = {}

    def count(self, *who: str) -> dict[str, str]:
        """Count one call; the headers that tell of it. Raises 429 with them in its body's place."""
        most = self._realm.limits.calls_per_second
        with self._realm.lock:
            second = int(self._realm.clock())
            if second != self._second:
                self._second, self._calls = second, {}
            number = self._calls[who] = self._calls.get(who, 0) + 1
        return {
            "X-Sentry-Rate-Limit-Limit": str(most),
            "X-Sentry-Rate-Limit-Remaining": str(max(0, most - number)),
            "X-Sentry-Rate-Limit-Reset": str(second + 1),
            "X-Sentry-Rate-Limit-ConcurrentLimit": str(_CONCURRENT),
            "X-Sentry-Rate-Limit-ConcurrentRemaining": str(_CONCURRENT - 1),
            **({"Retry-After": "1"} if number > most else {}),
        }


def _endpoint(
    realm: Realm, meter: _Meter, path: str, handlers: Mapping[str, Handler[Call]]
) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        raw = await request.body()
        limits = meter.count(request.headers.get("authorization", ""), request.method, path)
        if "Retry-After" in limits:
            most = realm.limits.calls_per_second
            text = f"You are attempting to use this endpoint too frequently. Limit is {most} requests in 1 seconds"
            return _response(Answer(429, {"detail": text}, limits))
        found = await run_in_threadpool(_respond, realm, handlers.get(request.method), request, raw)
        return _response(Answer(found.status, found.body, {**limits, **found.headers}))

    return answer


def _respond(realm: Realm, handler: Handler[Call] | None, request: Request, raw: bytes) -> Answer:
    try:
        user, scopes = _caller(realm, request.headers.get("authorization", ""))
        if handler is None:
            raise ApiError(405, f'Method "{request.method}" not allowed.')  # noqa: TRY301 - every way out is the same
        result = handler(Call(realm, request, user, scopes, _body(raw)))
    except ApiError as wrong:
        return Answer(wrong.status, wrong.body)
    if isinstance(result, Answer):
        return result
    return Answer(204 if result is None else 200, result)


def _response(answer: Answer) -> Response:
    if answer.body is None:
        return Response(status_code=answer.status, headers=dict(answer.headers))
    content = json.dumps(answer.body).encode()
    return Response(content, answer.status, dict(answer.headers), media_type="application/json")


def _caller(realm: Realm, header: str) -> tuple[records.User, tuple[str, ...]]:
    kind, _, value = header.strip().partition(" ")
    if kind.lower() != "bearer" or not value:
        raise ApiError(401, "Authentication credentials were not provided.")
    known = digest(value.strip())
    token = realm.tokens.find(lambda row: row.digest == known)
    if token is None:
        raise ApiError(401, "Invalid token")
    return realm.users[token.user], token.scopes


def _body(raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as wrong:
        raise ApiError(400, "JSON parse error") from wrong
    if not isinstance(body, dict):
        raise ApiError(400, {"non_field_errors": ["Invalid data. Expected a dictionary."]})
    return body


def _offset(cursor: str) -> int:
    parts = cursor.split(":")
    if not cursor:
        return 0
    if len(parts) != len(("value", "offset", "back")) or not parts[1].isdigit():
        raise ApiError(400, "Invalid cursor parameter.")
    return int(parts[1])
