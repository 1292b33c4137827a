"""What the embedded Zulip refuses, in Zulip's words: status, code and message as a real server gives them."""

from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]


class Refused(Exception):  # noqa: N818 (a refusal is an answer, not a fault of this program)
    """An error answer. `details` are further keys of the JSON body."""

    def __init__(self, msg: str, *, code: str = "BAD_REQUEST", status: int = 400, **details: Any) -> None:
        super().__init__(msg)
        self.msg = msg
        self.code = code
        self.status = status
        self.details = details
        self.headers: dict[str, str] = {}

    def body(self) -> Json:
        """The JSON body of the answer."""
        return {"result": "error", "msg": self.msg, **self.details, "code": self.code}


def missing(name: str) -> Refused:
    """A required parameter is not there."""
    return Refused(f"Missing '{name}' argument", code="REQUEST_VARIABLE_MISSING", var_name=name)


def invalid_message() -> Refused:
    """The message does not exist, or not for this account."""
    return Refused("Invalid message(s)")


def bad_narrow(reason: str) -> Refused:
    """A narrow that Zulip does not understand; `reason` ends the sentence."""
    return Refused(f"Invalid narrow operator: {reason}", code="BAD_NARROW", desc=reason)


def bad_queue(queue_id: str) -> Refused:
    """The event queue is unknown, expired, or someone else's."""
    return Refused(f"Bad event queue ID: {queue_id}", code="BAD_EVENT_QUEUE_ID", queue_id=queue_id)


def unauthorized(msg: str) -> Refused:
    """Authentication failed; every reason has the same code."""
    refused = Refused(msg, code="UNAUTHORIZED", status=401)
    refused.headers["WWW-Authenticate"] = 'Basic realm="zulip"'
    return refused


def no_bots() -> Refused:
    """The endpoint is for people."""
    return Refused("This endpoint does not accept bot requests.")
