"""What an attempt left in the instance repository, on the card of its operation."""

import json
from typing import Any

import pytest
from asked import BLOCK, outputs
from talk import TESS, Talk

from handlers import operation_card
from provisioning import progress
from provisioning.events import OperationEnded
from provisioning.fleet import Failure, Operation
from provisioning.github import GitHubRefused
from provisioning.glass_reading import RECORD, AttemptRecord, GitHubGlass, read_attempt
from stuf_bot.acts import Card
from stuf_bot.messages import ErrandEnded

STAGES = [
    {"stage": "validate", "succeeded": True, "seconds": 1.0, "details": {"account": "1"}},
    {"stage": "infrastructure", "succeeded": True, "seconds": 9.0, "details": {"stack": "stuf-acme-audit"}},
    {"stage": "application", "succeeded": True, "seconds": 5.0, "details": {"version": "3f2a9c"}},
    {
        "stage": "configuration",
        "succeeded": True,
        "seconds": 2.0,
        "details": {"address": "https://a.example.org"},
    },
]
NAME = "20261124T080000Z_op-k3f9xy-1"
FILES = {
    f"audit/deployment-history/{NAME}.json": {
        "schema_version": 1,
        "stages": STAGES,
        "control_commit": "c" * 40,
    },
    "audit/deployment-history/20261124T070000Z_op-k3f9xy-10.json": {"stages": []},
    f"audit/config-changes/{NAME}.json": {"files": ["configuration/api-config/stuf_config.json"]},
    f"infrastructure/deployment-logs/{NAME}.log": {},
}


class Glass(GitHubGlass):
    """An instance repository in memory."""

    def __init__(self, files: dict[str, Any]) -> None:
        self.held = {path: json.dumps(content).encode() for path, content in files.items()}

    def files(self, repository: str, folder: str) -> list[str]:
        found = [path for path in self.held if path.startswith(f"{folder}/")]
        if not found:
            raise GitHubRefused(404, "no such folder")
        return found

    def file(self, repository: str, path: str) -> bytes:
        if path not in self.held:
            raise GitHubRefused(404, "no such file")
        return self.held[path]


def test_the_record_of_an_attempt_is_read_and_of_no_other() -> None:
    record = read_attempt(Glass(FILES), "acme/stuf-acme-audit", "op-k3f9xy-1")
    assert record is not None
    assert [stage.stage for stage in record.stages] == [stage["stage"] for stage in STAGES]
    assert record.changed == ("configuration/api-config/stuf_config.json",)
    assert record.history == f"audit/deployment-history/{NAME}.json"
    assert record.log == f"infrastructure/deployment-logs/{NAME}.log"
    assert read_attempt(Glass(FILES), "acme/stuf-acme-audit", "op-k3f9xy-2") is None
    assert read_attempt(Glass({}), "acme/stuf-acme-audit", "op-k3f9xy-1") is None


def test_what_is_no_record_is_shown_by_its_links() -> None:
    history = f"audit/deployment-history/{NAME}.json"
    changes = f"audit/config-changes/{NAME}.json"
    record = read_attempt(Glass({history: ["?"], changes: 5}), "acme/x", "op-k3f9xy-1")
    assert record == AttemptRecord(history=history)


def test_a_refusal_that_is_no_lack_is_handed_on() -> None:
    class Closed(Glass):
        def files(self, repository: str, folder: str) -> list[str]:
            raise GitHubRefused(403, "no")

    with pytest.raises(GitHubRefused):
        read_attempt(Closed({}), "acme/x", "op-k3f9xy-1")


def happened(talk: Talk, event: Any) -> list[Any]:
    with talk.database.session() as session:
        return talk.core.dispatcher.handle(event, session)


def ended(talk: Talk, *, succeeded: bool) -> Operation:
    """An operation that is over; what its record is asked for."""
    talk.says(TESS, BLOCK)
    talk.says(TESS, "confirm")
    with talk.database.session() as session:
        operation = talk.fleet.latest_operation(session, "acme-audit")
        assert operation is not None
        progress.dispatched(
            session, operation.attempt_id, 5, "https://github.com/acme/control/actions/runs/5"
        )
        if succeeded:
            progress.succeeded(session, operation.attempt_id, talk.now, outputs=outputs())
        else:
            progress.failed(session, operation.attempt_id, talk.now, Failure(code="x", sentence="No."))
    happened(
        talk, OperationEnded(operation_id=operation.id, slug="acme-audit", attempt=1, succeeded=succeeded)
    )
    with talk.database.session() as session:
        found = talk.fleet.operation(session, operation.id)
    assert found is not None
    return found


def answered(talk: Talk, operation: Operation, result: dict[str, Any]) -> list[Any]:
    payload = talk.errands.put_in[RECORD, operation.attempt_id]
    event = ErrandEnded(
        number=1,
        kind=RECORD,
        errand=operation.attempt_id,
        within=operation.attempt_id,
        payload=payload,
        succeeded=True,
        result=result,
    )
    return happened(talk, event)


def record() -> dict[str, Any]:
    found = read_attempt(Glass(FILES), "acme/stuf-acme-audit", "op-k3f9xy-1")
    assert found is not None
    return found.model_dump(mode="json")


def test_the_card_shows_components_changes_and_links(talk: Talk) -> None:
    operation = ended(talk, succeeded=True)
    (card,) = answered(talk, operation, record())
    assert isinstance(card, Card)
    assert card.key == operation_card.card_key(operation)
    web = outputs().repository_url
    for part in (
        "- Components: infrastructure (`stuf-acme-audit`), application (`3f2a9c`), configuration",
        f"[`configuration/api-config/stuf_config.json`]({web}/blob/main/configuration/api-config/stuf_config.json)",
        f"[deployment log]({web}/blob/main/infrastructure/deployment-logs/{NAME}.log)",
        f"[record]({web}/blob/main/audit/deployment-history/{NAME}.json)",
        "`deployments acme-audit`",
        "Next: `test acme-audit`",
    ):
        assert part in card.content, part


def test_where_it_failed_the_component_says_so(talk: Talk) -> None:
    operation = ended(talk, succeeded=False)
    assert talk.errands.put_in[RECORD, operation.attempt_id]["repository"] == "acme/stuf-acme-audit"
    broken = [STAGES[0], {**STAGES[1], "succeeded": False}]
    (card,) = answered(talk, operation, {**record(), "stages": broken, "changed": []})
    assert "- Components: infrastructure (`stuf-acme-audit`), **failed**" in card.content
    assert "Configuration" not in card.content
    assert "(https://github.com/acme/stuf-acme-audit/blob/main/" in card.content
    assert "`retry acme-audit`" in card.content


def test_without_a_record_nothing_is_said(talk: Talk) -> None:
    operation = ended(talk, succeeded=True)
    assert answered(talk, operation, {}) == []


def test_an_attempt_that_runs_again_shows_nothing_of_the_one_before(talk: Talk) -> None:
    operation = ended(talk, succeeded=False)
    answered(talk, operation, record())
    talk.says(TESS, "retry acme-audit")
    with talk.database.session() as session:
        (card,) = operation_card.running(session, talk.fleet)
    assert isinstance(card, Card)
    assert "Components" not in card.content
