"""Tells Sentry what went wrong, where in the code, and how long requests take: nothing of who sent what.

What goes out is chosen by its place: an exception's type and its frames, AWS's code, the route, the release. Texts of
exceptions, requests, variables and breadcrumbs quote addresses and names of files, so none of them is taken.
"""

import logging
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from stuf_api.documents import SentryConfig

_FLUSH_SECONDS: Final = 1.0
_WORD: Final = re.compile(r"[A-Za-z0-9.]{1,64}")
_OURS: Final = ("stuf_api", "handler")
_FRAME: Final = ("filename", "function", "module", "lineno", "pre_context", "context_line", "post_context")
# Asked for by machines, or thousands of times a file: they would drown the rest.
_UNTIMED: Final = frozenset({"GET /version", "GET /logo", "POST /uploads/{upload_id}/parts"})
_log = logging.getLogger(__name__)


class Reporter:
    """Reports to where the configuration says; nowhere, and without loading anything, when it says nothing.

    `known` gives what is known of the configuration without asking for it. `transport` takes the place of
    the network, for tests. Nothing here raises.
    """

    def __init__(
        self, known: Callable[[], SentryConfig | None], release: str, *, transport: Any = None
    ) -> None:
        self._known, self._release, self._transport = known, release, transport
        self._made: tuple[SentryConfig, Any] | None = None
        self._fresh = True

    def failed(self, error: Exception, where: str, reference: str, participant: str | None) -> None:
        """Report an error of ours, and wait a moment until it is sent: afterwards the function is frozen.

        `participant` names nobody: it tells people apart, so that they can be counted.
        """
        self._safely(lambda client: self._report(client, error, where, reference, participant))

    def served(self, where: str, began: datetime, seconds: float, status: int) -> None:
        """Note how long a request took. It goes out beside a later one, so that nobody waits for it.

        The first request of a function is left out: it would measure the function's start.
        """
        if self._fresh:
            self._fresh = False
        elif where not in _UNTIMED:
            self._safely(lambda client: client.capture_event(_timed(where, began, seconds, status)))

    def _safely(self, report: Callable[[Any], object]) -> None:
        try:
            client = self._client()
            if client is not None:
                report(client)
        except Exception as error:  # noqa: BLE001 - a request must not fail because it cannot be reported.
            _log.warning("Sentry could not be told: %s", type(error).__name__)

    def _client(self) -> Any:
        config = self._known()
        if config is None:
            return None
        if self._made is None or self._made[0] != config:
            # Half a second on a small function, so only those pay that report.
            from sentry_sdk import Client  # noqa: PLC0415 - see above.

            made = Client(
                dsn=config.dsn,
                environment=config.environment,
                release=self._release,
                server_name="",
                transport=self._transport,
                default_integrations=False,
                auto_enabling_integrations=False,
                auto_session_tracking=False,
                include_local_variables=False,
                send_client_reports=False,
                max_request_body_size="never",
                max_breadcrumbs=0,
                spotlight=False,
                shutdown_timeout=0,
            )
            self._made = (config, made)
        return self._made[1]

    @staticmethod
    def _report(client: Any, error: Exception, where: str, reference: str, participant: str | None) -> None:
        from sentry_sdk.utils import event_from_exception  # noqa: PLC0415 - as in `_client`.

        event, _ = event_from_exception(
            error, client_options=client.options, mechanism={"type": "stuf_api", "handled": False}
        )
        told: dict[str, Any] = {
            "level": "error",
            "transaction": where,
            "tags": {"reference": reference},
            "exception": {"values": [_raised(one) for one in event["exception"]["values"]]},
        }
        if refusal := _refusal(error):
            told["exception"]["values"][-1]["value"] = refusal
        if participant:
            told["user"] = {"id": participant}
        client.capture_event(told)
        client.flush(timeout=_FLUSH_SECONDS)


def _refusal(error: Exception) -> str:
    """What AWS refused and with which code, such as `PutObject: SlowDown`; empty for other errors.

    The code is left out where it is the type's name already.
    """
    response = getattr(error, "response", None)
    code = (response.get("Error") or {}).get("Code") if isinstance(response, Mapping) else None
    words = (getattr(error, "operation_name", None), code if code != type(error).__name__ else None)
    return ": ".join(word for word in words if isinstance(word, str) and _WORD.fullmatch(word))


def _raised(exception: Mapping[str, Any]) -> dict[str, Any]:
    """An exception's type and its frames."""
    frames = (exception.get("stacktrace") or {}).get("frames") or ()
    return {
        "type": exception.get("type"),
        "module": exception.get("module"),
        "mechanism": {"type": "stuf_api", "handled": False},
        "stacktrace": {"frames": [_frame(one) for one in frames]},
    }


def _frame(frame: Mapping[str, Any]) -> dict[str, Any]:
    # In the function's package our code and the libraries lie in one folder: the module tells them apart.
    ours = str(frame.get("module") or "").partition(".")[0] in _OURS
    return {name: frame[name] for name in _FRAME if name in frame} | {"in_app": ours}


def _timed(where: str, began: datetime, seconds: float, status: int) -> dict[str, Any]:
    trace = {
        "trace_id": uuid.uuid4().hex,
        "span_id": uuid.uuid4().hex[:16],
        "op": "http.server",
        "status": "ok" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "internal_error",
    }
    return {
        "type": "transaction",
        "transaction": where,
        "transaction_info": {"source": "route"},
        "start_timestamp": began.astimezone(UTC),
        "timestamp": began.astimezone(UTC) + timedelta(seconds=seconds),
        "contexts": {"trace": trace},
        "spans": [],
    }
