"""Where SDKs send to: `/api/<project>/envelope/`, and the older `/api/<project>/store/`."""

import json
import re
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.sentry import alerts, envelope, lifecycle, monitors, records, shapes
from sandbox.sentry.occurrences import Occurrence
from sandbox.sentry.realm import Realm

_KEY: Final = re.compile(r"sentry_key=([0-9a-zA-Z]+)")
_LEVELS: Final = {"fatal", "error", "warning", "info", "debug", "sample"}
_ID_LENGTH: Final = 32
_MILLISECONDS: Final = 1000.0
_NO_FAILURE: Final = {"ok", "cancelled", "unknown", ""}
# What is further away than this is taken as having happened now.
_OLDEST: Final = 30 * 24 * 3600.0
_SOONEST: Final = 60.0


class _RefusedError(Exception):
    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = headers or {}


def routes(realm: Realm) -> list[Route]:
    """The addresses of a DSN."""
    return [
        Route("/api/{project:int}/envelope/", _endpoint(realm, _envelope), methods=["POST"]),
        Route("/api/{project:int}/store/", _endpoint(realm, _store), methods=["POST"]),
    ]


Taker = Callable[[Realm, records.Project, bytes], str | None]


def _endpoint(realm: Realm, taker: Taker) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        raw = bytearray()
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > envelope.MOST_BODY:
                return JSONResponse({"detail": "envelope exceeded size limits"}, 413)
        return await run_in_threadpool(_take, realm, taker, request, bytes(raw))

    return answer


def _take(realm: Realm, taker: Taker, request: Request, raw: bytes) -> Response:
    try:
        project = _project(realm, request)
        body = envelope.unpack(raw, request.headers.get("content-encoding", "").lower())
        return JSONResponse({"id": taker(realm, project, body)})
    except _RefusedError as refused:
        return JSONResponse({"detail": str(refused)}, refused.status, refused.headers)
    except envelope.TooLargeError:
        return JSONResponse({"detail": "envelope exceeded size limits"}, 413)
    except envelope.EnvelopeError as error:
        return JSONResponse({"detail": "bad envelope", "causes": [str(error)]}, 400)


def _project(realm: Realm, request: Request) -> records.Project:
    """The project of the address, if the key of the DSN is one of its. Raises _RefusedError."""
    header = request.headers.get("x-sentry-auth") or request.headers.get("authorization") or ""
    found = _KEY.search(header)
    public = found[1] if found else request.query_params.get("sentry_key", "")
    if not public:
        raise _RefusedError(401, "missing authorization information")
    key = realm.keys.find(lambda row: row.public == public)
    if key is None or not key.active or key.project != request.path_params["project"]:
        raise _RefusedError(403, "event submission rejected with_reason: ProjectId")
    if key.limit is not None:
        window, most = key.limit
        now = realm.clock()
        taken = realm.occurrences.between([key.project], now - window, now, transactions=False)
        if len(taken) >= most:
            limits = f"{window}:error:key:key_quota"
            raise _RefusedError(
                429,
                "Sentry dropped data due to a quota or internal rate limit being reached.",
                {"Retry-After": str(window), "X-Sentry-Rate-Limits": limits},
            )
    return realm.projects[key.project]


def _envelope(realm: Realm, project: records.Project, body: bytes) -> str | None:
    taken = envelope.parse(body)
    for item in taken.items:
        if item.type == "event":
            _event(realm, project, {"event_id": taken.header.get("event_id"), **item.json()})
        elif item.type == "transaction":
            _transaction(realm, project, item.json())
            monitors.look(realm, project.id)
    number = taken.header.get("event_id")
    return str(number) if number else None


def _store(realm: Realm, project: records.Project, body: bytes) -> str | None:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise envelope.EnvelopeError("invalid json") from error
    if not isinstance(given, dict):
        raise envelope.EnvelopeError("invalid json")
    return _event(realm, project, given)


def _event(realm: Realm, project: records.Project, given: dict[str, Any]) -> str:
    at = _time(realm, given.get("timestamp"))
    level = given.get("level")
    number = str(given.get("event_id") or "").replace("-", "").lower()
    event = {
        **given,
        "event_id": number if len(number) == _ID_LENGTH else uuid.uuid4().hex,
        "level": level if level in _LEVELS else "error",
        "environment": str(given.get("environment") or "production"),
        "release": str(given["release"]) if given.get("release") else None,
        "received": realm.clock(),
        "timestamp": at,
    }
    arrival = lifecycle.arrive(realm, project, event, at)
    if arrival is not None:
        alerts.arrived(realm, arrival)
        monitors.look(realm, project.id)
    return str(event["event_id"])


def _transaction(realm: Realm, project: records.Project, given: dict[str, Any]) -> None:
    end = _time(realm, given.get("timestamp"))
    start = _time(realm, given.get("start_timestamp"))
    contexts = given.get("contexts")
    trace = contexts.get("trace") if isinstance(contexts, dict) else None
    status = str(trace.get("status") or "") if isinstance(trace, dict) else ""
    realm.occurrences.add(
        Occurrence(
            project=project.id,
            issue=None,
            at=end,
            level="info",
            environment=str(given.get("environment") or "production"),
            release=str(given["release"]) if given.get("release") else None,
            place=str(given.get("transaction") or ""),
            person=shapes.person_key(given),
            duration=max(0.0, end - start) * _MILLISECONDS,
            failed=status not in _NO_FAILURE,
        )
    )


def _time(realm: Realm, given: Any) -> float:
    """When it happened, by the sender's clock if that is not too far off."""
    now = realm.clock()
    try:
        at = float(given) if isinstance(given, int | float) else datetime.fromisoformat(given).timestamp()
    except (TypeError, ValueError, OverflowError):
        return now
    return min(at, now) if now - _OLDEST < at <= now + _SOONEST else now
