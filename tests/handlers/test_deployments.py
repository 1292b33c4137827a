"""`deployments`: what was deployed to a STUF, by operations and by GitHub."""

from datetime import UTC, datetime

from asked import BLOCK, outputs
from talk import PAT, TESS, Talk

from handlers import _deployments
from provisioning import progress
from provisioning.events import OperationEnded


def provisioned(talk: Talk) -> str:
    """A STUF whose provisioning went well; the operation's id."""
    talk.says(TESS, BLOCK)
    talk.says(TESS, "confirm")
    with talk.database.session() as session:
        operation = talk.fleet.latest_operation(session, "acme-audit")
        assert operation is not None
        progress.dispatched(
            session, operation.attempt_id, 5, "https://github.com/acme/control/actions/runs/5"
        )
        progress.succeeded(session, operation.attempt_id, talk.now, outputs=outputs())
    ended = OperationEnded(operation_id=operation.id, slug="acme-audit", attempt=1, succeeded=True)
    for _ in range(2):
        with talk.database.session() as session:
            talk.core.dispatcher.handle(ended, session)
    return operation.id


def test_an_operation_that_deployed_is_listed_once_with_its_version(talk: Talk) -> None:
    provisioned(talk)
    said = talk.says(TESS, "deployments acme-audit")
    assert said.count("- ") == 1
    assert f"[v1](https://github.com/acme/control/actions/runs/5) (`{outputs().version[:12]}`)" in said
    assert "`production`" in said
    assert "an operation of mine" in said
    assert "There is no command that rolls back" in said


def test_what_github_deployed_stands_in_the_order_of_time(talk: Talk) -> None:
    provisioned(talk)
    with talk.database.session() as session:
        for day in (1, 2):
            one = _deployments.Deployment(
                key=f"acme/stuf-acme-audit:{day}",
                source=_deployments.GITHUB,
                environment="staging",
                finished_at=datetime(2026, 12, 3 - day, tzinfo=UTC),
                commit="c" * 40,
            )
            _deployments.note(session, "acme-audit", one)
    said = talk.says(TESS, "deployments acme-audit")
    assert [line.split(" ")[1] for line in said.splitlines() if line.startswith("- ")] == [
        "v2",
        "v3",
        "[v1](https://github.com/acme/control/actions/runs/5)",
    ]


def test_without_any_it_says_so(talk: Talk) -> None:
    talk.says(TESS, BLOCK)
    talk.says(TESS, "confirm")
    assert "Nothing has been deployed" in talk.says(TESS, "deployments acme-audit")


def test_a_stranger_does_not_see_them(talk: Talk) -> None:
    provisioned(talk)
    assert "There is no STUF `acme-audit` that you may see" in talk.says(PAT, "deployments acme-audit")
