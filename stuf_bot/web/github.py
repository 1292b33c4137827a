"""Deliveries of GitHub: the body alone is signed."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import SecretStr

from stuf_bot.web.bodies import parse
from stuf_bot.web.checks import (
    Accepted,
    delivery_id,
    forged,
    inner,
    must_be_json,
    name,
    received,
    signed_by_any,
)

_SIGNATURE = "x-hub-signature-256"


def github_delivery(headers: Mapping[str, str], body: bytes, secrets: Sequence[SecretStr]) -> Accepted:
    """A delivery of GitHub, signed with any of the secrets (two of them while one is changed). Raises Refused."""
    if not signed_by_any(secrets, body, headers.get(_SIGNATURE, "")):
        raise forged()
    must_be_json(headers, "set the webhook's content type to application/json")
    kind = name(headers.get("x-github-event"))
    content = parse(body)
    delivery = delivery_id(headers.get("x-github-delivery"))
    return Accepted(received("github", delivery, kind, _subject(kind, content), content), "github")


def _subject(kind: str, content: Mapping[str, Any]) -> str:
    if kind == "workflow_run":
        return f"run:{inner(content, 'workflow_run', 'id')}"
    if kind == "workflow_job":
        return f"run:{inner(content, 'workflow_job', 'run_id')}"
    return inner(content, "repository", "full_name")
