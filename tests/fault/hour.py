"""The busy hour: people, webhooks and an unsteady Zulip, while the bot is killed again and again."""

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import ledger
import requests
from bot_lives import BotLives
from busy_realm import NAMES, BusyRealm
from ledger import STUFS
from playing import Learned, Person, learn
from scenes import SCENES
from uploads import GITHUB_SECRET, Uploads
from weather import Weather

from sandbox.aws.ports import free_port
from stuf_bot.store.database import open_database
from stuf_bot.store.migrations import migrate

PATIENCE = 60.0
_AT_POINTS = 0.6
_WHILE_STARTING = 0.2
_LOST = 0.05
_QUIET = 3
_POLL = 0.06


@dataclass
class Figures:
    """What came of an hour. Seconds are rounded."""

    kills: int = 0
    kills_at_points: int = 0
    points: int = 0
    inputs: int = 0
    scenes: int = 0
    deliveries: int = 0
    deliveries_repeated: int = 0
    lost_queues: int = 0
    server_restarts: int = 0
    messages: int = 0
    differences: int = 0
    seconds_to_learn: int = 0
    seconds: int = 0


class Hour:
    """One busy hour on a realm of its own in `folder`, with everything chosen by `seed`."""

    def __init__(self, folder: Path, seed: int, database_url: str) -> None:
        self._chance = random.Random(seed)
        self._realm = BusyRealm(folder / "zulip")
        port = free_port()
        (folder / "zuliprc").write_text(self._realm.zulip.zuliprc("bot"))
        (folder / "bot.conf").write_text(
            f"[stuf_bot]\ndatabase_url = {database_url}\n"
            f"[zulip]\nzuliprc = {folder}/zuliprc\n[roles]\narchitects = role:members\nviewers = role:members\n"
            "[github]\nurl = http://127.0.0.1:9\ncontrol_repository = acme/stuf-control\ntoken = none\n"
            f"webhook_secrets = {GITHUB_SECRET}\n[web]\nport = {port}\n"
        )
        self._url = f"http://127.0.0.1:{port}"
        self._uploads = [Uploads(slug, self._url, random.Random(self._chance.random())) for slug in STUFS]
        self._database = open_database(database_url)
        migrate(self._database)
        ledger.stand(self._database)
        self._bot = BotLives(folder / "bot.conf")
        self.figures = Figures()

    def run(self, kills: int) -> list[str]:
        """Play it with so many kills; gives every difference between what was said and what was due."""
        begun = time.monotonic()
        self._bot.begin()
        # Its time begins with its first start: what was said before is not for it.
        self._until(self._ready, "the bot is ready")
        learned = learn(self._realm, self._realm.user(NAMES[0]), self._quiet)
        for stuf in self._uploads:
            stuf.tell()
        self._quiet()
        points = self._bot.end()
        self.figures.seconds_to_learn = round(time.monotonic() - begun)
        self.figures.points = len(points)
        self._first = max(self._realm.world.messages)
        found = self._busy(kills, points, learned)
        said = self._realm.said(lambda one: one.id > self._first)
        self.figures.messages = len(said)
        self.figures.differences = len(found)
        self.figures.seconds = round(time.monotonic() - begun)
        return found

    def _busy(self, kills: int, points: dict[str, int], learned: Learned) -> list[str]:
        people = self._people(learned)
        uploads = self._uploads
        weather = Weather(self._realm, random.Random(self._chance.random()))
        for thread in (*people, *uploads, weather):
            thread.start()
        try:
            while self._bot.kills < kills and not any(one.problem for one in people):
                self._life(points)
            self._bot.begin()
            self._calm.set()
            weather.over.set()
            weather.join()
            for thread in uploads:
                thread.over.set()
            self._over.set()
            for thread in (*people, *uploads):
                thread.join(PATIENCE)
            self._quiet()
            # What is said twice may come late.
            time.sleep(1.0)
            self._quiet()
        finally:
            self._over.set()
        self._bot.end()
        self._count(people, uploads, weather)
        problems = [one.problem for one in people if one.problem]
        return [
            *problems,
            *(found for one in people for found in one.differences()),
            *(found for one in uploads for found in one.differences(self._realm)),
            *ledger.problems(self._database),
            *self._elsewhere(people),
        ]

    def _people(self, learned: Learned) -> list[Person]:
        self._over, self._calm = threading.Event(), threading.Event()

        def scenes(chance: random.Random) -> Iterator[str]:
            while True:
                for scene in chance.sample(list(SCENES), len(SCENES)):
                    if self._over.is_set():
                        return
                    yield scene

        def person(name: str) -> Person:
            endless = scenes(random.Random(self._chance.random()))
            return Person(
                self._realm, self._realm.user(name), learned, lambda: next(endless, None), self._calm
            )

        return [person(name) for name in NAMES]

    def _life(self, points: dict[str, int]) -> None:
        """One life: to a point of its work, or to a moment; seldom for long enough to catch up with all."""
        chance, seed = self._chance, self._chance.getrandbits(32)
        if chance.random() < _AT_POINTS:
            point = chance.choice(sorted(points))
            nth = chance.randint(1, max(1, min(points[point], 5)))
            self._bot.begin(die_at=point, nth=nth, lost=_LOST, seed=seed)
            if self._bot.died(chance.uniform(0.8, 2.0)):
                self.figures.kills_at_points += 1
                return
        else:
            self._bot.begin(lost=_LOST, seed=seed)
            if chance.random() < _WHILE_STARTING:
                time.sleep(chance.uniform(0.05, 1.0))
            else:
                self._bot.listens(PATIENCE)
                time.sleep(chance.choice((0.0, 0.0, 0.0, 2.0)))
                self._realm.busy.clear()
                self._realm.busy.wait(1.0)
                time.sleep(chance.uniform(0.005, 0.4))
        self._bot.kill()

    def _ready(self) -> bool:
        try:
            return requests.get(f"{self._url}/readyz", timeout=5).ok
        except requests.ConnectionError:
            return False

    @staticmethod
    def _until(true: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < end, what
            time.sleep(_POLL)

    def _quiet(self) -> None:
        """Wait until nothing waits in the bot, for a while."""
        calm, end = 0, time.monotonic() + PATIENCE
        while calm < _QUIET:
            assert time.monotonic() < end, f"the bot does not come to rest: {ledger.waiting(self._database)}"
            time.sleep(_POLL)
            calm = calm + 1 if not any(ledger.waiting(self._database).values()) else 0

    def _elsewhere(self, people: list[Person]) -> list[str]:
        """Messages of the bot in no place where anything was due; that it was away is said in its own topic."""
        places = {play.topic for person in people for play in person.plays}
        channels = {f"stuf-{play.slug}" for person in people for play in person.plays}
        known = {self._realm.channel_id(name) for name in (*channels, *(f"stuf-{slug}" for slug in STUFS))}
        strange = self._realm.said(
            lambda one: (
                one.id > self._first
                and one.channel_id is not None
                and one.channel_id not in known
                and one.topic not in places
                and one.topic != "STUF Bot"
            )
        )
        return [f"in {one.topic}: {one.content!r}" for one in strange]

    def _count(self, people: list[Person], uploads: list[Uploads], weather: Weather) -> None:
        figures = self.figures
        figures.kills = self._bot.kills
        figures.inputs = sum(person.inputs for person in people)
        figures.scenes = sum(len(person.plays) for person in people)
        figures.deliveries = sum(len(stuf.ids) for stuf in uploads)
        figures.deliveries_repeated = sum(stuf.repeated for stuf in uploads)
        figures.lost_queues, figures.server_restarts = weather.lost_queues, weather.restarts

    def close(self) -> None:
        """End everything."""
        self._bot.close()
        self._realm.zulip.stop()
        self._database.close()

    @property
    def log(self) -> str:
        """What the bot logged in all its lives."""
        return self._bot.log.read_text(encoding="utf-8")

    def write(self, file: Path) -> None:
        """The figures, as JSON."""
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(asdict(self.figures), indent=2) + "\n")


@contextmanager
def hour(folder: Path, seed: int, database_url: str = "") -> Iterator[Hour]:
    """An hour, ended whatever happens; without `database_url` on SQLite."""
    made = Hour(folder, seed, database_url or f"sqlite:///{folder}/bot.sqlite")
    try:
        yield made
    finally:
        made.close()
