"""A real bot that was away: what happened on GitHub meanwhile stands in Zulip once it is back."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.github import GitHub, Runner
from sandbox.zulip import ZulipRealm

SECONDS = 90.0
SECRET = "the webhook's secret"


class Bot:
    """The bot as a process of its own, on one database."""

    def __init__(self, folder: Path, github: GitHub) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        (folder / "bot.conf").write_text(
            "[stuf_bot]\ndatabase_url = sqlite:///bot.sqlite\n[zulip]\nzuliprc = bot.zuliprc\n"
            f"[web]\nport = {self.url.rpartition(':')[2]}\npublic_url = {self.url}\n"
            f"[github]\nurl = {github.url}\ncontrol_repository = acme/control\n"
            f"token = {github.create_token('acme')}\nwebhook_secrets = {SECRET}\n"
        )
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "stuf_bot", "run", "--config", str(self.folder / "bot.conf")],
                env={**os.environ},
                stdout=log,
                stderr=log,
            )

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(30) == 0
            self.process = None

    def wait(self, condition: Callable[[], bool]) -> None:
        until = time.monotonic() + SECONDS
        while not condition():
            assert self.process is None or self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < until, (self.folder / "log").read_text()
            time.sleep(0.1)

    def has_looked(self) -> bool:
        """Whether both errands of its start are over."""
        if not (self.folder / "bot.sqlite").exists():
            return False
        with closing(sqlite3.connect(self.folder / "bot.sqlite", timeout=30)) as database:
            tables = database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'looks'").fetchone()
            return bool(tables[0]) and database.execute("SELECT count(*) FROM looks").fetchone()[0] >= 2


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHub]:
    hub = GitHub(tmp_path / "github", runner=Runner(environment={}))
    hub.create_account("acme", "Organization")
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "README.md").write_text("# One\n")
    hub.seed_repository("acme", "control", folder)
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture
def zulip(tmp_path: Path) -> Iterator[ZulipRealm]:
    realm = ZulipRealm(tmp_path / "zulip")
    realm.start()
    (tmp_path / "bot.zuliprc").write_text(realm.zuliprc("bot"))
    yield realm
    realm.stop()


@pytest.fixture
def bot(tmp_path: Path, github: GitHub, zulip: ZulipRealm) -> Iterator[Bot]:
    del zulip
    made = Bot(tmp_path, github)
    yield made
    if made.process is not None:
        made.process.kill()
        made.process.wait()


def _hook(github: GitHub, url: str) -> None:
    row = github._realm.repository("acme", "control")
    assert row is not None
    now = time.time()
    github._realm.hooks.add(
        repository=row.id,
        url=url,
        secret=SECRET,
        content_type="json",
        events=("*",),
        created_at=now,
        updated_at=now,
    )


def _happens(github: GitHub) -> None:
    """A branch is made, which a webhook tells of; a run fails, which none does."""
    realm = github._realm
    row = realm.repository("acme", "control")
    assert row is not None
    head = realm.bare(row).resolve("main")
    github._webhooks.announce(
        row, "create", None, "acme-admin", ref="while-away", ref_type="branch", master_branch="main"
    )
    now = time.time()
    realm.runs.add(
        repository=row.id,
        workflow=1,
        workflow_name="checks",
        path=".github/workflows/checks.yml",
        number=1,
        event="push",
        inputs={},
        ref="refs/heads/main",
        sha=head,
        title="A change",
        actor="acme-admin",
        triggering_actor="acme-admin",
        status="completed",
        conclusion="failure",
        created_at=now,
        updated_at=now,
        started_at=now,
    )


@pytest.mark.slow
def test_what_happened_while_it_was_away_is_told(bot: Bot, github: GitHub, zulip: ZulipRealm) -> None:
    _hook(github, f"{bot.url}/hooks/github")
    bot.start()
    bot.wait(bot.has_looked)
    bot.stop()
    _happens(github)
    bot.wait(lambda: len(list(github._realm.deliveries)) == 1)
    bot.start()

    def said(words: str) -> int:
        return sum(
            words in message.content + message.topic for message in list(zulip._world.messages.values())
        )

    bot.wait(lambda: said("while-away") > 0 and said("checks") > 0)
    assert [each.status_code for each in github._realm.deliveries] == [0, 202]
    bot.stop()
