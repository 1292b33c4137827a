"""What an attempt left behind, read from an instance repository on the embedded GitHub."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from provisioning import glass
from provisioning.glass_reading import GitHubGlass, read_attempt
from sandbox.github import GitHub as Hub
from sandbox.github import Runner

BEGUN = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ATTEMPT = "op-k3f9xy-1"


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHubGlass]:
    hub = Hub(tmp_path / "state", runner=Runner(environment={}))
    hub.create_account("acme", "Organization")
    left = {
        glass.history_path(BEGUN, ATTEMPT): {"stages": [{"stage": "application", "succeeded": True}]},
        glass.change_path(BEGUN, ATTEMPT): {"files": [glass.STUF_CONFIG]},
        glass.log_path(BEGUN, ATTEMPT): {},
    }
    for path, content in left.items():
        file = tmp_path / "instance" / path
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(content), "utf-8")
    hub.seed_repository("acme", "stuf-acme-audit", tmp_path / "instance")
    hub.start()
    yield GitHubGlass(repository="acme/stuf-control", token=SecretStr(hub.create_token("acme")), url=hub.url)
    hub.stop()


def test_it_lies_where_the_workflow_puts_it(github: GitHubGlass) -> None:
    record = read_attempt(github, "acme/stuf-acme-audit", ATTEMPT)
    assert record is not None
    assert [stage.stage for stage in record.stages] == ["application"]
    assert record.changed == (glass.STUF_CONFIG,)
    assert record.log == glass.log_path(BEGUN, ATTEMPT)
    assert read_attempt(github, "acme/stuf-acme-audit", "op-k3f9xy-2") is None
    assert read_attempt(github, "acme/stuf-nobody", ATTEMPT) is None
