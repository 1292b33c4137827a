"""Two bots by mistake on one database: the second stands by, and goes on when the first has ended."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import postgres_server
import psycopg
import pytest
import requests
import zulip
from short_realm import said_directly, until

from sandbox.aws.ports import free_port
from sandbox.zulip import ZulipRealm

pytestmark = pytest.mark.realm

PEOPLE = ("tess", "omar", "pat")


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with postgres_server.server() as url:
        if url is None:
            pytest.skip("no PostgreSQL: set STUF_TEST_POSTGRES or install its server")
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/bot.sqlite"
        return
    with postgres_server.database(request.getfixturevalue("postgres"), f"two{secrets.token_hex(6)}") as url:
        yield url


class Bot:
    """`stuf-bot run` with a configuration of its own."""

    def __init__(self, realm: ZulipRealm, database_url: str, folder: Path, port: int) -> None:
        folder.mkdir()
        (folder / "zuliprc").write_text(realm.zuliprc("bot"))
        (folder / "bot.conf").write_text(
            f"[stuf_bot]\ndatabase_url = {database_url}\nexecutor_id = {folder.name}\n"
            f"[zulip]\nzuliprc = zuliprc\n[web]\nport = {port}\n"
            "[github]\nurl = http://127.0.0.1:9\ncontrol_repository = acme/stuf-control\ntoken = none\n"
        )
        self._folder = folder
        self._url = f"http://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, under_zulip_bots: bool = False) -> "Bot":
        command = [sys.executable, "-m", "stuf_bot", "run", "--config", str(self._folder / "bot.conf")]
        if under_zulip_bots:
            command = [str(Path(sys.executable).parent / "zulip-run-bot"), "stuf_bot", "--registry"]
            command += ["--config-file", str(self._folder / "zuliprc")]
            command += ["--bot-config-file", str(self._folder / "bot.conf")]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("STUF_BOT_")}
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text()

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def dead(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def status(self, path: str, method: str = "GET") -> int:
        """The status of an answer; 0 where nobody answers."""
        try:
            return requests.request(method, f"{self._url}{path}", timeout=5).status_code
        except requests.ConnectionError:
            return 0

    def works(self) -> None:
        until(lambda: self.status("/readyz") == 200 or self.dead, what="ready")
        assert not self.dead, self.log

    def stands_by(self) -> None:
        until(lambda: "stands by" in self.log or self.dead, what="standing by")
        assert not self.dead, self.log

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(number)
        return self._process.wait(30)

    def ended(self) -> int:
        """The exit code of one that ends by itself."""
        assert self._process is not None
        return self._process.wait(30)


@pytest.fixture
def realm(tmp_path: Path) -> Iterator[ZulipRealm]:
    realm = ZulipRealm(tmp_path / "zulip", rate_limit=100_000)
    realm.start()
    yield realm
    realm.stop()


@pytest.fixture
def bots(realm: ZulipRealm, database_url: str, tmp_path: Path) -> Iterator[tuple[Bot, Bot]]:
    pair = tuple(Bot(realm, database_url, tmp_path / name, free_port()) for name in ("one", "two"))
    yield pair[0], pair[1]
    for bot in pair:
        bot.end(signal.SIGKILL)


class People:
    """They all ask, and count the answers."""

    def __init__(self, realm: ZulipRealm) -> None:
        self._bot = realm.accounts["bot"].user_id
        self._asked = 0
        self._clients = {
            realm.accounts[name].user_id: zulip.Client(
                email=realm.accounts[name].email, api_key=realm.accounts[name].api_key, site=realm.url
            )
            for name in PEOPLE
        }

    def ask(self) -> None:
        self._asked += 1
        for client in self._clients.values():
            answer = client.send_message({"type": "direct", "to": [self._bot], "content": "help"})
            assert answer["result"] == "success", answer

    def answers(self) -> list[int]:
        """How often each was told what there is to say."""
        found = [said_directly(client, user, self._bot) for user, client in self._clients.items()]
        return [sum("`create" in message["content"] for message in messages) for messages in found]

    def all_answered(self) -> None:
        until(lambda: min(self.answers()) >= self._asked, what=f"{self._asked} answers each")
        assert self.answers() == [self._asked] * len(PEOPLE)


def test_the_second_stands_by_and_goes_on_where_the_first_was_killed(
    realm: ZulipRealm, bots: tuple[Bot, Bot]
) -> None:
    first, second = bots
    people = People(realm)
    first.start().works()
    second.start().stands_by()
    assert f"process {first.pid} on" in second.log
    assert second.status("/healthz") == 200
    assert second.status("/readyz") == 503
    assert second.status("/hooks/stuf", "POST") == 503
    people.ask()
    people.all_answered()
    # What is asked now may be anywhere between the two when the first dies.
    people.ask()
    first.end(signal.SIGKILL)
    people.ask()
    second.works()
    people.all_answered()
    # And back again: the one that comes later waits, and goes on after an orderly end, too.
    first.start()
    until(lambda: f"process {second.pid} on" in first.log, what="the first stands by now")
    people.ask()
    people.all_answered()
    assert second.end() == 0
    people.ask()
    first.works()
    people.all_answered()
    for bot in bots:
        assert "Traceback" not in bot.log


def test_one_that_stands_by_ends_when_it_is_asked_to(bots: tuple[Bot, Bot]) -> None:
    first, second = bots
    first.start().works()
    second.start().stands_by()
    assert second.end() == 0
    assert first.status("/readyz") == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_started_twice_with_one_configuration_it_waits_for_the_web_door_too(
    realm: ZulipRealm, database_url: str, tmp_path: Path
) -> None:
    port = free_port()
    first = Bot(realm, database_url, tmp_path / "one", port)
    second = Bot(realm, database_url, tmp_path / "two", port)
    first.start().works()
    second.start().stands_by()
    until(lambda: "standing by without one" in second.log, what="no door")
    assert first.end() == 0
    second.works()
    assert second.end() == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_under_zulip_run_bot_it_stands_by_as_well(realm: ZulipRealm, bots: tuple[Bot, Bot]) -> None:
    first, second = bots
    people = People(realm)
    first.start().works()
    second.start(under_zulip_bots=True).stands_by()
    people.ask()
    people.all_answered()
    people.ask()
    first.end(signal.SIGKILL)
    second.works()
    people.all_answered()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_loses_the_connection_that_holds_the_database_ends_at_once(
    realm: ZulipRealm, bots: tuple[Bot, Bot], database_url: str
) -> None:
    first, second = bots
    people = People(realm)
    first.start().works()
    second.start().stands_by()
    people.ask()
    people.all_answered()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE %s",
            (f"stuf-bot {first.pid} %",),
        )
    assert first.ended() == 1
    assert "the hold on the database is lost" in first.log
    second.works()
    people.ask()
    people.all_answered()
