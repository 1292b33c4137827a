"""`stuf-bot audit verify` and `stuf-bot audit export`."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from filled import fill
from sqlalchemy import delete, update

from stuf_bot.audit.chain import digest_of
from stuf_bot.cli import main
from stuf_bot.store.audit_tables import AuditEntry
from stuf_bot.store.database import Database

ENTRIES: Any = AuditEntry.__table__


@pytest.fixture
def config(database: Database, tmp_path: Path) -> str:
    """Five entries, in the database that the settings name."""
    fill(database, 5)
    file = tmp_path / "bot.conf"
    file.write_text(
        f"[stuf_bot]\ndatabase_url = {database.url}\n"
        "[zulip]\nemail = stuf-bot@example.org\nkey = k\nsite = http://127.0.0.1:9\n"
        "[github]\ncontrol_repository = acme/control\ntoken = t\n"
    )
    return str(file)


def test_a_whole_log(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "verify", "--config", config]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "The audit log is as it was written: 5 entries."
    assert main(["audit", "verify", "--config", config, "--expect", said[-1].upper()]) == 0
    assert "goes on from the digest that you gave" in capsys.readouterr().out


def test_a_digest_that_the_log_never_had(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "verify", "--config", config, "--expect", "a" * 64]) == 1
    assert "None of the 5 entries has the digest" in capsys.readouterr().err


def test_it_says_where(config: str, database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    with database.session() as session:
        session.execute(delete(ENTRIES).where(ENTRIES.c.id == 3))
    assert main(["audit", "verify", "--config", config]) == 1
    told = capsys.readouterr()
    assert "NOT as it was written (removed)" in told.err
    assert "Between entry 2 and entry 4 of 2026-11-23 10:04 one entry is missing." in told.err
    assert told.out == ""


def test_the_export_can_be_verified_by_itself(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "export", "--config", config]) == 0
    told = capsys.readouterr()
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert [line["id"] for line in lines] == [1, 2, 3, 4, 5]
    before = "0" * 64
    for line in lines:
        assert line["before"] == before
        before = digest_of(line | {"at": datetime.fromisoformat(line["at"])})
        assert line["digest"] == before
    assert f"5 entries; the newest digest is {before}" in told.err


def test_a_part_of_the_log(config: str, database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    with database.session() as session:
        session.execute(update(ENTRIES).where(ENTRIES.c.id == 5).values(stuf="other"))
    given = ["--stuf", "acme-audit", "--since", "2026-11-23T10:03"]
    assert main(["audit", "export", "--config", config, *given]) == 0
    assert [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()] == [3, 4]


def test_a_moment_that_is_none(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["audit", "export", "--config", config, "--since", "yesterday-ish"])
    assert "write it as 2026-11-23" in capsys.readouterr().err


@pytest.mark.parametrize("digest", ["97e19c", "z" * 64, "a" * 65])
def test_a_digest_that_is_none(config: str, digest: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["audit", "verify", "--config", config, "--expect", digest])
    assert "give the whole one" in capsys.readouterr().err


def test_a_database_without_a_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bot.conf"
    file.write_text(
        f"[stuf_bot]\ndatabase_url = sqlite:///{tmp_path}/new.sqlite\n"
        "[zulip]\nemail = stuf-bot@example.org\nkey = k\nsite = http://127.0.0.1:9\n"
        "[github]\ncontrol_repository = acme/control\ntoken = t\n"
    )
    assert main(["audit", "verify", "--config", str(file)]) == 2
    assert "stuf-bot migrate" in capsys.readouterr().err
