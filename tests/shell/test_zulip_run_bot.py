"""The same bot under zulip-bots' own runner."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.zulip import ZulipRealm
from stuf_bot.cli.play import play

ROOT = Path(__file__).parents[2]
START_SECONDS = 60


@pytest.fixture
def realm(tmp_path: Path) -> Iterator[ZulipRealm]:
    realm = ZulipRealm(tmp_path / "zulip")
    realm.start()
    for name in realm.accounts:
        (tmp_path / name).write_text(realm.zuliprc(name))
    yield realm
    realm.stop()


@pytest.fixture
def runner(realm: ZulipRealm, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    del realm
    # Nothing of GitHub is asked while nobody provisions.
    (tmp_path / "stuf_bot.conf").write_text(
        "[stuf_bot]\ndatabase_url = sqlite:///bot.sqlite\n[web]\nport = 0\n"
        "[github]\nurl = http://127.0.0.1:9\ncontrol_repository = acme/stuf-control\ntoken = none\n"
    )
    command = [str(Path(sys.executable).parent / "zulip-run-bot"), "stuf_bot", "--registry"]
    command += ["--config-file", str(tmp_path / "bot"), "--bot-config-file", str(tmp_path / "stuf_bot.conf")]
    with (tmp_path / "runner.log").open("w") as log:
        process = subprocess.Popen(
            command, env={**os.environ, "PYTHONUNBUFFERED": "1"}, stdout=log, stderr=log, text=True
        )
    yield process
    process.kill()
    process.wait()


def wait_for(path: Path, text: str, process: subprocess.Popen[str]) -> str:
    until = time.monotonic() + START_SECONDS
    while text not in (log := path.read_text()):
        assert process.poll() is None, log
        assert time.monotonic() < until, log
        time.sleep(0.1)
    return log


def test_it_holds_a_conversation_and_says_what_the_runner_cannot_do(
    runner: subprocess.Popen[str], tmp_path: Path
) -> None:
    log = wait_for(tmp_path / "runner.log", "Running STUF Bot (from stuf_bot", runner)
    assert "zulip-run-bot hands over messages only" in log
    assert play(ROOT / "examples" / "help.chat", {"tess": tmp_path / "tess"}) == 0
    runner.send_signal(signal.SIGINT)
    assert runner.wait(20) == 0
    assert "Traceback" not in (tmp_path / "runner.log").read_text()


def test_settings_that_cannot_be_used_end_it_with_their_reasons(realm: ZulipRealm, tmp_path: Path) -> None:
    del realm
    (tmp_path / "stuf_bot.conf").write_text("[web]\nport = eighty\n")
    command = [str(Path(sys.executable).parent / "zulip-run-bot"), "stuf_bot", "--registry"]
    command += ["--config-file", str(tmp_path / "bot"), "--bot-config-file", str(tmp_path / "stuf_bot.conf")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS, check=False)
    assert done.returncode == 1
    assert "[web] port: must be a whole number" in done.stderr
    assert "[github] control_repository: is missing" in done.stderr
