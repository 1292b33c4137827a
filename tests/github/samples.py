"""GitHub's public samples of webhooks, where they are installed, brought to the present schema."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]

FILE = Path(__file__).parent / "node_modules/@octokit/webhooks-examples/api.github.com/index.json"
ABSENT = "GitHub's samples are not installed (`make samples`, which needs npm)"


@dataclass(frozen=True)
class Sample:
    """One delivery. `name` is its kind, action and number."""

    kind: str
    number: int
    payload: Json

    @property
    def name(self) -> str:
        """Such as `pull_request.opened.0`."""
        return f"{self.kind}.{self.payload.get('action', '')}.{self.number}"


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


def present(kind: str, payload: Json) -> Json:
    """The payload as GitHub writes it today, where the sample is older."""
    payload = json.loads(json.dumps(payload))
    return payload
