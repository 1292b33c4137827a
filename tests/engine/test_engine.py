"""The engine in a process of its own, killed and stopped at every step, on SQLite and PostgreSQL."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stuf_bot.engine import engine_url

STEPS = ("one", "two", "three")
BOT = Path(__file__).with_name("bot.py")
LIMIT = 60.0


class Bot:
    """The process under test, started again after each death."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._folder = url, folder
        self._process: subprocess.Popen[bytes] | None = None
        self.wait_for("waiting")

    def wait_for(self, name: str, text: str = "") -> None:
        (self._folder / name).write_text(text)

    def add(self, *operations: str) -> None:
        with (self._folder / "waiting").open("a") as file:
            file.writelines(f"{operation}\n" for operation in operations)

    def start(self, executor: str = "test") -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, BOT, self._url, self._folder, executor],
                stdout=log,
                stderr=log,
                cwd=BOT.parents[2],
            )

    def lines(self, name: str = "journal") -> list[str]:
        path = self._folder / name
        return path.read_text().splitlines() if path.exists() else []

    def until(self, line: str, times: int = 1) -> None:
        deadline = time.monotonic() + LIMIT
        while self.lines().count(line) < times:
            assert self._process is not None
            assert self._process.poll() is None, (self._folder / "log").read_text()
            assert time.monotonic() < deadline, (line, self.lines(), (self._folder / "log").read_text())
            time.sleep(0.02)

    def signal(self, number: int) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait(LIMIT)

    def stop(self) -> int:
        """The exit code after SIGTERM."""
        self.signal(signal.SIGTERM)
        assert self._process is not None
        return self._process.wait(LIMIT)

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text()

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()


@pytest.fixture
def bot(database_url: str, tmp_path: Path) -> Iterator[Bot]:
    folder = tmp_path / "bot"
    folder.mkdir()
    bot = Bot(database_url, folder)
    yield bot
    bot.close()


def test_killed_in_every_step_in_turn_it_goes_on_where_it_was(bot: Bot) -> None:
    bot.add("work:op-a-1")
    for number, step in enumerate(STEPS):
        bot.wait_for("hold", step)
        bot.start()
        bot.until(f"start op-a-1 {step}", times=1)
        bot.kill()
        assert f"end op-a-1 {step}" not in bot.lines()
        assert [line for line in bot.lines() if line.startswith("end")] == [
            f"end op-a-1 {name}" for name in STEPS[:number]
        ]
    bot.wait_for("hold")
    bot.start()
    bot.until("done op-a-1 11")
    assert bot.stop() == 0
    # Each step began twice (the killed time and the next) and ended once.
    for step in STEPS:
        assert bot.lines().count(f"start op-a-1 {step}") == 2
        assert bot.lines().count(f"end op-a-1 {step}") == 1


def test_a_bot_of_another_name_goes_on_where_a_dead_one_was(bot: Bot) -> None:
    bot.add("work:op-a-1", "work:op-b-1")
    bot.wait_for("hold", "two")
    bot.start("one")
    bot.until("start op-a-1 two")
    bot.until("start op-b-1 two")
    bot.kill()
    bot.start("two")
    bot.until("start op-a-1 two", times=2)
    bot.until("start op-b-1 two", times=2)
    bot.kill()
    bot.wait_for("hold")
    bot.start("one")
    for name in ("op-a-1", "op-b-1"):
        bot.until(f"done {name} 11")
        assert bot.lines().count(f"start {name} one") == 1
        assert bot.lines().count(f"start {name} two") == 3
        assert bot.lines().count(f"end {name} two") == 1
    assert bot.stop() == 0


def test_terminated_in_the_middle_it_ends_cleanly_and_goes_on(bot: Bot) -> None:
    bot.add("work:op-a-1", "work:op-b-1")
    bot.wait_for("hold", "two")
    bot.start()
    bot.until("start op-a-1 two")
    bot.until("start op-b-1 two")
    assert bot.stop() == 0
    assert "Traceback" not in bot.log
    bot.wait_for("hold")
    bot.start()
    bot.until("done op-a-1 11")
    bot.until("done op-b-1 11")
    assert bot.lines().count("end op-a-1 one") == 1
    assert bot.stop() == 0
    assert "Traceback" not in bot.log


def test_what_is_finished_is_not_begun_again(bot: Bot) -> None:
    bot.add("work:op-a-1")
    bot.start()
    bot.until("done op-a-1 11")
    assert bot.stop() == 0
    bot.add("work:op-a-2")
    bot.start()
    bot.until("done op-a-2 11")
    assert bot.stop() == 0
    assert bot.lines().count("start op-a-1 one") == 1
    assert [line for line in bot.lines("events") if line.startswith("op-a-1")] == [
        f"op-a-1 {step}" for step in STEPS
    ]


def test_waking_begins_what_was_added(bot: Bot) -> None:
    bot.start()
    bot.until("up")
    bot.add("work:op-a-1")
    bot.signal(signal.SIGHUP)
    bot.until("done op-a-1 11")
    bot.signal(signal.SIGHUP)
    bot.add("work:op-b-1")
    bot.signal(signal.SIGHUP)
    bot.until("done op-b-1 11")
    assert bot.lines().count("start op-a-1 one") == 1


def test_an_operation_that_raises_is_left_for_the_next_start(bot: Bot) -> None:
    bot.add("broken:op-a-1")
    bot.wait_for("hold", "broken")
    bot.start()
    bot.until("broken op-a-1")
    assert bot.stop() == 0
    assert "it goes on at the next start" in bot.log
    bot.wait_for("hold")
    bot.start()
    bot.until("done op-a-1")


def test_an_operation_that_raises_is_gone_on_with_in_the_same_life(bot: Bot) -> None:
    bot.add("broken:op-a-1")
    bot.wait_for("hold", "broken again")
    bot.start()
    bot.until("broken op-a-1", times=2)
    bot.wait_for("hold")
    bot.until("done op-a-1")
    assert bot.lines().count("once op-a-1") == 1
    assert bot.lines().count("up") == 1
    assert bot.stop() == 0


def test_whatever_fails_while_looking_for_what_waits_it_looks_again(bot: Bot) -> None:
    bot.add("work:op-a-1")
    bot.wait_for("fault")
    bot.start()
    bot.until("done op-a-1 11")
    assert "what waits cannot be begun (TimeoutError)" in bot.log
    assert bot.stop() == 0


class TestUrl:
    def test_sqlite_has_a_file_beside_it(self) -> None:
        assert engine_url("sqlite:////var/lib/stuf.sqlite") == "sqlite:////var/lib/stuf.sqlite.dbos.sqlite"

    def test_postgresql_is_shared_with_its_password(self) -> None:
        for driver in ("postgresql", "postgresql+psycopg"):
            assert engine_url(f"{driver}://u:p@db/stuf") == "postgresql://u:p@db/stuf"

    @pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
    def test_memory_is_not_durable(self, url: str) -> None:
        with pytest.raises(ValueError, match="file"):
            engine_url(url)
