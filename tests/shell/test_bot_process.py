"""`stuf-bot run` as a process: it starts, ends and comes back as an administrator expects."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.aws.ports import free_port
from sandbox.zulip import ZulipRealm
from stuf_bot.cli._bot import BotFailedError, BotProcess
from stuf_bot.cli.play import play

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with a realm's zuliprcs and the bot's settings; of GitHub nothing is asked here."""
    realm = ZulipRealm(tmp_path / "zulip")
    realm.start()
    for name in realm.accounts:
        (tmp_path / name).write_text(realm.zuliprc(name))
    (tmp_path / "port").write_text(str(free_port()))
    (tmp_path / "bot.conf").write_text(
        f"[zulip]\nzuliprc = bot\n[web]\nport = {(tmp_path / 'port').read_text()}\n"
        "[github]\nurl = http://127.0.0.1:9\ncontrol_repository = acme/stuf-control\ntoken = none\n"
    )
    yield tmp_path
    realm.stop()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def bot(folder: Path, told: list[str]) -> Iterator[BotProcess]:
    url = f"http://127.0.0.1:{(folder / 'port').read_text()}"
    bot = BotProcess(folder / "bot.conf", url, folder / "bot.log", told.append)
    yield bot
    bot.stop()


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_it_answers_and_ends_in_good_order(bot: BotProcess, folder: Path, told: list[str]) -> None:
    bot.start()
    for example in ("help.chat", "commands.chat"):
        assert play(ROOT / "examples" / example, {"tess": folder / "tess"}) == 0
    bot.stop()
    log = (folder / "bot.log").read_text()
    assert "stopping: SIGTERM" in log
    assert "Traceback" not in log
    assert told == []


def test_killed_it_comes_back_and_answers(bot: BotProcess, folder: Path, told: list[str]) -> None:
    bot.start()
    first = bot.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: bot.pid != first)
    assert "started again" in told[0]
    # What is written while it is away is answered when it is back.
    (folder / "patient.chat").write_text("Tess to the bot: help\nBot within 60 seconds: create\n")
    assert play(folder / "patient.chat", {"tess": folder / "tess"}) == 0


def test_one_that_cannot_start_shows_why(folder: Path, bot: BotProcess) -> None:
    (folder / "bot.conf").write_text("[web]\nport = eighty\n")
    with pytest.raises(BotFailedError, match=r"\[web\] port: must be a whole number"):
        bot.start()
