"""Faults that can be armed: the next call that a stage makes is refused, once, as AWS would refuse it."""

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from sandbox.aws.calls import Call

_WHO: Final = "arn:aws:sts::000000000000:assumed-role/stuf-provisioning/run"
_REQUEST: Final = "5a4e9d1c-0000-4000-8000-fa11ed000000"


@dataclass(frozen=True)
class Refusal:
    """An answer in the service's own form."""

    status: int
    content_type: str
    body: bytes


def _denied(operation: str) -> str:
    return (
        f"User: {_WHO} is not authorized to perform: {operation} because no identity-based policy allows it"
    )


def _query_refusal(call: Call, action: str) -> Refusal:
    message = escape(_denied(f"{call.service}:{action}"))
    body = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{message}</Message></Error>"
        f"<RequestId>{_REQUEST}</RequestId></ErrorResponse>"
    )
    return Refusal(403, "text/xml", body.encode())


def _s3_refusal(call: Call, _action: str) -> Refusal:
    operation = {"PUT": "PutObject", "GET": "ListBucket"}[call.method]
    message = escape(_denied(f"s3:{operation} on {call.path}"))
    body = f"<Error><Code>AccessDenied</Code><Message>{message}</Message><RequestId>{_REQUEST}</RequestId></Error>"
    return Refusal(403, "application/xml", body.encode())


def _json_refusal(call: Call, _action: str) -> Refusal:
    body = {"__type": "AccessDeniedException", "message": _denied(f"{call.service}:{call.method}")}
    return Refusal(403, "application/json", json.dumps(body).encode())


def _unverified(_call: Call, _action: str) -> Refusal:
    body = {
        "IdentityType": "EMAIL_ADDRESS",
        "VerifiedForSendingStatus": False,
        "VerificationStatus": "PENDING",
        "FeedbackForwardingStatus": True,
    }
    return Refusal(200, "application/json", json.dumps(body).encode())


def _puts(call: Call, path: str) -> bool:
    return call.service == "s3" and call.method == "PUT" and re.fullmatch(path, call.path) is not None


def _lists_people(call: Call, _action: str) -> bool:
    return call.service == "s3" and call.method == "GET" and "prefix=users/" in call.query


def _changes_stack(call: Call, action: str) -> bool:
    return call.service == "cloudformation" and action in {"CreateStack", "UpdateStack", "ExecuteChangeSet"}


def _reads_identity(call: Call, _action: str) -> bool:
    return call.service == "ses" and call.method == "GET" and call.path.startswith("/v2/email/identities/")


@dataclass(frozen=True)
class _Fault:
    stage: str
    concerns: Callable[[Call, str], bool]
    refusal: Callable[[Call, str], Refusal]


# What a STUF meets that stands already, armed by the button in its page.
RUNNING_STAGE: Final = "running"
_FAULTS: Final = (
    _Fault("validate", _reads_identity, _unverified),
    _Fault("infrastructure", _changes_stack, _query_refusal),
    _Fault("application", lambda call, _: _puts(call, r"/stuf-[^/]+-site(-\d+)?/.+"), _s3_refusal),
    _Fault(
        "application", lambda call, _: call.service == "lambda" and call.path.endswith("/code"), _json_refusal
    ),
    # While a STUF runs: it cannot look up who wants to sign in.
    _Fault(RUNNING_STAGE, _lists_people, _s3_refusal),
    _Fault("configuration", lambda call, _: _puts(call, r"/[^/]+/config/stuf_config\.json"), _s3_refusal),
)
# Armed here, met at the front door.
FRONT_DOOR_STAGE: Final = "verification"
STAGES: Final = frozenset({fault.stage for fault in _FAULTS} | {FRONT_DOOR_STAGE})


class Faults:
    """Which faults are armed; each goes off once."""

    def __init__(self) -> None:
        self._armed: set[str] = set()
        self._lock = threading.Lock()

    def arm(self, stage: str) -> None:
        """Make the next call of `stage` fail. Raises ValueError for a stage without a fault."""
        if stage not in STAGES:
            raise ValueError(f"{stage!r} cannot fail here; choose one of {', '.join(sorted(STAGES))}")
        with self._lock:
            self._armed.add(stage)

    @property
    def armed(self) -> frozenset[str]:
        """The stages whose fault has not gone off yet."""
        with self._lock:
            return frozenset(self._armed)

    def take(self, stage: str) -> bool:
        """Whether `stage` was armed; it no longer is."""
        with self._lock:
            found = stage in self._armed
            self._armed.discard(stage)
            return found

    def refusal(self, call: Call, action: str) -> Refusal | None:
        """What to answer instead of passing the call on, if a fault concerns it."""
        if not self.armed:
            return None
        for fault in _FAULTS:
            if fault.concerns(call, action) and self.take(fault.stage):
                return fault.refusal(call, action)
        return None
