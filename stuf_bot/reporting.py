"""The bot's own errors to Sentry: which error and where in the code, never with which words of whom.

What Sentry gets is chosen by its place in the event, not by what it looks like: an exception's type and
its frames, what our own loggers say, and nothing of a message, a request, a variable or a query.
The rest is in the log, where the reference leads.
"""

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

ELSEWHERE: Final = "[in the log]"
OURS: Final = ("stuf_bot", "handlers", "provisioning")
_EVENT: Final = (
    "event_id",
    "timestamp",
    "level",
    "logger",
    "platform",
    "release",
    "environment",
    "server_name",
    "sdk",
    "modules",
)
_FRAME: Final = (
    "filename",
    "function",
    "module",
    "lineno",
    "in_app",
    "pre_context",
    "context_line",
    "post_context",
)
_CRUMB: Final = ("timestamp", "level", "category", "type")

Redact = Callable[[str], str]
Json = Mapping[str, Any]


def start(dsn: str, environment: str, redact: Redact, *, transport: Any = None) -> None:
    """Report errors from now on. `transport` takes the place of the network, for tests."""
    import sentry_sdk  # noqa: PLC0415 - most installations start without it, and it is slow to import.

    def before_send(event: Any, _hint: object) -> Any:
        return slim(event, redact)

    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        release=_release(),
        in_app_include=list(OURS),
        transport=transport,
        include_local_variables=False,
        max_request_body_size="never",
        auto_session_tracking=False,
        before_send=before_send,
        before_send_transaction=lambda _event, _hint: None,
    )


def _release() -> str | None:
    """The version that is installed; None where it runs without having been installed."""
    try:
        return f"stuf-bot@{version('stuf-bot')}"
    except PackageNotFoundError:
        return None


def slim(event: Json, redact: Redact) -> dict[str, Any]:
    """What of an event may leave; every text of ours in it is redacted as well."""
    kept = _only(event, _EVENT)
    if "logentry" in event:
        kept["logentry"] = _said(event["logentry"], str(event.get("logger", "")), redact)
    if "exception" in event:
        kept["exception"] = {"values": [_raised(one) for one in _values(event["exception"])]}
    if "breadcrumbs" in event:
        kept["breadcrumbs"] = {"values": [_passed(one, redact) for one in _values(event["breadcrumbs"])]}
    return kept


def _said(entry: Json, logger: str, redact: Redact) -> dict[str, str]:
    """What a logger of ours said; another's may quote anything."""
    if not _is_ours(logger):
        return {"message": ELSEWHERE}
    return {
        "message": redact(str(entry.get("message", ""))),
        "formatted": redact(str(entry.get("formatted", ""))),
    }


def _raised(exception: Json) -> dict[str, Any]:
    """An exception's type and where it came from; its text may quote what it stumbled over."""
    kept = _only(exception, ("type", "module")) | {"value": ELSEWHERE}
    mechanism = exception.get("mechanism")
    if isinstance(mechanism, Mapping):
        kept["mechanism"] = _only(mechanism, ("type", "handled"))
    stack = exception.get("stacktrace")
    if isinstance(stack, Mapping):
        kept["stacktrace"] = {"frames": [_only(frame, _FRAME) for frame in stack.get("frames") or ()]}
    return kept


def _passed(crumb: Json, redact: Redact) -> dict[str, Any]:
    kept = _only(crumb, _CRUMB)
    if _is_ours(str(crumb.get("category", ""))):
        kept["message"] = redact(str(crumb.get("message", "")))
    return kept


def _is_ours(logger: str) -> bool:
    return logger.partition(".")[0] in OURS


def _values(part: Any) -> Iterable[Json]:
    found = part.get("values") or () if isinstance(part, Mapping) else part
    return [one for one in found if isinstance(one, Mapping)]


def _only(part: Json, names: Iterable[str]) -> dict[str, Any]:
    return {name: part[name] for name in names if name in part}
