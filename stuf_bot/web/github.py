"""Deliveries of GitHub: the body alone is signed."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import SecretStr

from stuf_bot.web.bodies import Refused, parse
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
# By kind: what its body holds, and no body of most others. The header that names the kind is not signed.
_HOLDS: Mapping[str, str] = {
    "check_run": "check_run",
    "check_suite": "check_suite",
    "code_scanning_alert": "alert",
    "commit_comment": "comment",
    "dependabot_alert": "alert",
    "deploy_key": "key",
    "deployment": "deployment",
    "deployment_status": "deployment_status",
    "discussion": "discussion",
    "fork": "forkee",
    "gollum": "pages",
    "issue_comment": "comment",
    "issues": "issue",
    "member": "member",
    "membership": "member",
    "package": "package",
    "pull_request": "pull_request",
    "pull_request_review": "review",
    "pull_request_review_comment": "comment",
    "push": "commits",
    "release": "release",
    "secret_scanning_alert": "alert",
    "team": "team",
    "team_add": "team",
    "workflow_job": "workflow_job",
    "workflow_run": "workflow_run",
}
_OF_ITSELF = frozenset({"public", "repository", "star", "watch"})
"""Kinds about the repository itself: their bodies hold nothing of that."""


def github_delivery(headers: Mapping[str, str], body: bytes, secrets: Sequence[SecretStr]) -> Accepted:
    """A delivery of GitHub, signed with any of the secrets (two of them while one is changed). Raises Refused."""
    if not signed_by_any(secrets, body, headers.get(_SIGNATURE, "")):
        raise forged()
    must_be_json(headers, "set the webhook's content type to application/json")
    kind = name(headers.get("x-github-event"))
    content = parse(body)
    if not _fits(kind, content):
        raise Refused(400, "the body belongs to another kind of event", "other-kind")
    delivery = delivery_id(headers.get("x-github-delivery"))
    return Accepted(received("github", delivery, kind, _subject(kind, content), content), "github")


def _fits(kind: str, content: Mapping[str, Any]) -> bool:
    """Whether the body can be one of this kind; of a kind that is not listed nothing is asked."""
    if kind in _OF_ITSELF:
        return not content.keys() & set(_HOLDS.values())
    wanted = _HOLDS.get(kind)
    return wanted is None or wanted in content


def _subject(kind: str, content: Mapping[str, Any]) -> str:
    if kind == "workflow_run":
        return f"run:{inner(content, 'workflow_run', 'id')}"
    if kind == "workflow_job":
        return f"run:{inner(content, 'workflow_job', 'run_id')}"
    return inner(content, "repository", "full_name")
