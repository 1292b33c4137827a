"""A real bot on the embedded Zulip: what was said, sent and configured stands in its log when it has ended."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.zulip import ZulipRealm
from stuf_bot.cli import main
from stuf_bot.cli.play import play

SECONDS = 60.0
CHAT = Path(__file__).parent / "whole.chat"


@pytest.fixture
def realm(tmp_path: Path) -> Iterator[ZulipRealm]:
    realm = ZulipRealm(tmp_path / "zulip")
    realm.start()
    for name in realm.accounts:
        (tmp_path / name).write_text(realm.zuliprc(name))
    yield realm
    realm.stop()


class Bot:
    """The bot as a process of its own, with a configuration that can be changed between two starts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "bot.conf"
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def start(self, **github: str) -> None:
        more = "".join(f"{name} = {value}\n" for name, value in github.items())
        self.config.write_text(
            "[stuf_bot]\ndatabase_url = sqlite:///bot.sqlite\n[zulip]\nzuliprc = bot\n"
            f"[web]\nport = {self.port}\n"
            f"[github]\nurl = http://127.0.0.1:9\ncontrol_repository = acme/stuf-control\ntoken = marked\n{more}"
        )
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "stuf_bot", "run", "--config", str(self.config)],
                env={**os.environ},
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + SECONDS
        while self.call("/readyz") != 200:
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < until, (self.folder / "log").read_text()
            time.sleep(0.1)

    def call(self, path: str, body: bytes | None = None) -> int:
        """The status of an answer; 0 where nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", body, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            assert self._process.wait(30) == 0
            self._process = None

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def bot(realm: ZulipRealm, tmp_path: Path) -> Iterator[Bot]:
    del realm
    bot = Bot(tmp_path)
    yield bot
    bot.kill()


def exported(bot: Bot, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["audit", "export", "--config", str(bot.config)]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_what_was_said_sent_and_configured(bot: Bot, capsys: pytest.CaptureFixture[str]) -> None:
    bot.start()
    assert bot.call("/hooks/github", b'{"forged": "marked"}') == 401
    assert play(CHAT, {name: bot.folder / name for name in ("ada", "tess")}) == 0
    # Another process may look while the bot is at work.
    assert main(["audit", "verify", "--config", str(bot.config)]) == 0
    bot.stop()
    bot.start(ref="next", webhook_secrets="marked")
    bot.stop()

    entries = exported(bot, capsys)
    # Roles are looked at once a minute.
    tags = [entry["tag"] for entry in entries if entry["tag"] != "zulip:role:read"]
    assert tags[:3] == ["bot:process:started", "config:settings:read", "hook:delivery:refused"]
    assert tags.count("chat:help:shown") == 1
    assert [entry["outcome"] for entry in entries if entry["tag"] == "chat:audit:shown"] == [
        "refused",
        "done",
        "done",
    ]
    ends = [tag for tag in tags if not tag.startswith("chat:")][3:]
    assert ends == [
        "bot:process:stopped",
        "bot:process:started",
        "config:settings:changed",
        "bot:process:stopped",
    ]
    changed = next(entry for entry in entries if entry["tag"] == "config:settings:changed")
    assert changed["details"]["settings"] == {
        "github.ref": ["main", "next"],
        "github.webhook_secrets": ["[hidden]", "[hidden]"],
    }
    assert "marked" not in json.dumps(entries)
    assert main(["audit", "verify", "--config", str(bot.config), "--expect", entries[-1]["digest"]]) == 0
