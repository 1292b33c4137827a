"""The command line: what can be asked, and what is said about wrong questions."""

import argparse
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.kept import Kept
from stuf_bot.cli import main
from stuf_bot.cli.init import main as init
from stuf_bot.configuration import load

ENOUGH = {
    "STUF_BOT_ZULIP_EMAIL": "stuf-bot@example.org",
    "STUF_BOT_ZULIP_KEY": "key",
    "STUF_BOT_ZULIP_SITE": "http://127.0.0.1:9",
    "STUF_BOT_GITHUB_TOKEN": "token",
    "STUF_BOT_GITHUB_CONTROL_REPOSITORY": "acme/stuf-control",
}


def test_help_imports_nothing_slow() -> None:
    code = "import sys\nfrom stuf_bot.cli import main\ntry:\n main(['--help'])\nexcept SystemExit:\n pass\n"
    slow = ["zulip", "boto3", "github", "dbos", "sqlalchemy", "pydantic", "sentry_sdk", "uvicorn"]
    code += f"print([name for name in {slow!r} if name in sys.modules])\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_configuration_that_cannot_be_used_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUF_BOT_WEB_PORT", "eighty")
    (tmp_path / "bot.conf").write_text("[github]\ncontrol_repository = a/b\ntoken = t\n")
    assert main(["doctor", "--config", str(tmp_path / "bot.conf")]) == 2
    told = capsys.readouterr().err
    assert "[zulip] needs zuliprc" in told
    assert "[web] port: must be a whole number" in told
    assert "docs/configuration.md" in told


def test_a_conversation_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["play", str(tmp_path / "none.chat")]) == 2
    assert "cannot be read" in capsys.readouterr().err
    (tmp_path / "bad.chat").write_text("what\n")
    assert main(["play", str(tmp_path / "bad.chat")]) == 2
    assert "line 1: is not understood" in capsys.readouterr().err


def test_a_conversation_without_its_accounts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.chat").write_text("Tess to the bot: hello\n")
    assert main(["play", str(tmp_path / "a.chat")]) == 2
    assert "--as tess=ZULIPRC" in capsys.readouterr().err
    assert main(["play", str(tmp_path / "a.chat"), "--as", "tess"]) == 2
    assert "write NAME=ZULIPRC" in capsys.readouterr().err


def test_init_writes_what_run_can_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "zuliprc").write_text("[api]\nemail=b@example.org\nkey=abc\nsite=https://z.example.org\n")
    answers = iter(["", "", "", "", "", "acme/control", "a-token", "", "https://bot.example.org"])
    path = tmp_path / "bot.conf"
    assert init(argparse.Namespace(config=path), lambda _question: next(answers)) == 0
    assert path.stat().st_mode & 0o077 == 0
    assert "control_repository = acme/control" in path.read_text()
    assert load(path, {}).policy.code_key is not None
    assert "stuf-bot doctor" in capsys.readouterr().err


def test_init_overwrites_nothing_and_may_be_left(tmp_path: Path) -> None:
    path = tmp_path / "bot.conf"

    def leave(_question: str) -> str:
        raise EOFError

    assert init(argparse.Namespace(config=path), leave) == 1
    assert not path.exists()
    path.write_text("mine")
    assert init(argparse.Namespace(config=path), leave) == 2
    assert path.read_text() == "mine"


def test_a_taken_port_is_said_plainly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        given = ["--no-github", "--no-aws", "--state", str(tmp_path), "--port", port]
        assert main(["sandbox", *given]) == 1
    assert "its port is taken" in capsys.readouterr().err


def test_a_state_that_is_in_use_is_said_plainly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = Kept(tmp_path)
    assert main(["sandbox", "--no-github", "--no-aws", "--state", str(tmp_path)]) == 1
    kept.close()
    assert "stop it, or name another folder with --state" in capsys.readouterr().err


def test_a_failing_step_of_a_part_that_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--no-github", "--no-aws", "--state", str(tmp_path), "--fail", "infrastructure"]
    assert main(["sandbox", *given]) == 1
    assert "fails in AWS, which is left out" in capsys.readouterr().err


def test_an_account_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "--zuliprc", str(tmp_path / "none"), "--state", str(tmp_path)]) == 2
    assert "download the zuliprc" in capsys.readouterr().err


def test_a_database_that_cannot_be_had_is_said_plainly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUF_BOT_STUF_BOT_DATABASE_URL", f"sqlite:///{tmp_path}/no/such/folder/bot.sqlite")
    for name, value in ENOUGH.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "bot.conf").touch()
    assert main(["run", "--config", str(tmp_path / "bot.conf")]) == 1
    told = capsys.readouterr().err
    assert "The bot cannot start" in told
    assert "Traceback" not in told
