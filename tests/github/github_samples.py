"""GitHub's public samples of webhooks, where they are installed, brought to the present schema."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]

FILE = Path(__file__).parent / "node_modules/@octokit/webhooks-examples/api.github.com/index.json"
ABSENT = "GitHub's samples are not installed: `make samples` does, where npm is"


@dataclass(frozen=True)
class Sample:
    """One delivery. `name` is its kind, action and number."""

    kind: str
    number: int
    payload: Json

    @property
    def action(self) -> str:
        """What happened, where the kind says it."""
        return str(self.payload.get("action") or "")

    @property
    def name(self) -> str:
        """Such as `pull_request.opened.0`."""
        return f"{self.kind}.{self.action}.{self.number}"


@cache
def samples() -> tuple[Sample, ...]:
    """All of them; none where they are not installed."""
    if not FILE.exists():
        return ()
    kinds = json.loads(FILE.read_text("utf-8"))
    return tuple(
        Sample(kind["name"], number, present(kind["name"], payload))
        for kind in kinds
        for number, payload in enumerate(kind["examples"])
    )


def one_of_each() -> tuple[Sample, ...]:
    """The first of every kind and action, of branches and tags."""
    first: dict[tuple[str, ...], Sample] = {}
    for sample in samples():
        ref, ref_type = (str(sample.payload.get(name, "")) for name in ("ref", "ref_type"))
        first.setdefault((sample.kind, sample.action, ref[:10], ref_type), sample)
    return tuple(first.values())


def present(kind: str, payload: Json) -> Json:
    """The payload as GitHub writes it today, where the sample is older."""
    return PATCHES.get(kind, lambda given: given)(payload)


def _release(payload: Json) -> Json:
    # Since 2025 a release says when it was changed.
    release = payload["release"]
    return payload | {"release": {"updated_at": release["published_at"] or release["created_at"]} | release}


def _member_role(payload: Json) -> Json:
    # Since 2023 it is said which role somebody was given.
    changes = {"permission": {"to": "write"}, "role_name": {"to": "write"}}
    return {"changes": changes} | payload if payload["action"] == "added" else payload


def _numbered(payload: Json) -> Json:
    # Since 2022 an alert has a number.
    return payload | {"alert": {"number": 1} | payload["alert"]}


PATCHES = {"member": _member_role, "release": _release, "repository_vulnerability_alert": _numbered}
