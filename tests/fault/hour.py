"""The busy hour: people, webhooks and an unsteady Zulip, while the bot is killed again and again."""

import hashlib
import hmac
import json
import random
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import requests
from bot_lives import BotLives
from busy_realm import NAMES, BusyRealm
from mortal import NOTIFY_KEY, outputs
from playing import Learned, Person, learn
from scenes import SCENES
from sqlalchemy import func, select

from provisioning.fleet import Fleet, StufState
from provisioning.models import AwsStorage, StufSpec
from provisioning.tables import OperationRow, StufRow
from sandbox.aws.ports import free_port
from stuf_bot import audit
from stuf_bot.store.conversation_tables import Dialogue, PlanRow
from stuf_bot.store.database import Database, open_database
from stuf_bot.store.migrations import migrate
from stuf_bot.store.tables import InboxRow, OutboxRow

STUFS = ("alpha", "beta")
PATIENCE = 60.0
_GITHUB_SECRET = "what GitHub signs with"
_AT_POINTS = 0.6
_WHILE_STARTING = 0.2
_LOST = 0.05
_QUIET = 3
_WORD = re.compile(r"\bup\d{5}\b")
_POLL = 0.06
# No answer, and "not stored".
_AGAIN = (0, 503)


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


class Uploads(threading.Thread):
    """A STUF that tells of uploads, one after the other, and again where it got no answer."""

    def __init__(self, slug: str, url: str, chance: random.Random) -> None:
        super().__init__(name=f"uploads of {slug}", daemon=True)
        self.slug, self._url, self._chance = slug, url, chance
        self.ids: list[str] = []
        self.repeated = 0
        self.statuses: set[int] = set()
        self.over = threading.Event()

    def run(self) -> None:
        """Until it is over: tell, wait a while."""
        while not self.over.wait(self._chance.uniform(0.1, 0.8)):
            upload = f"up{len(self.ids):05d}"
            self.ids.append(upload)
            delivery = self._delivery()
            for again in self._chance.choice(
                ((delivery,), (delivery, delivery), (delivery, self._delivery()))
            ):
                self._tell(upload, again)
            self._github()

    def _delivery(self) -> str:
        return str(uuid.UUID(int=self._chance.getrandbits(128)))

    def _tell(self, upload: str, delivery: str) -> None:
        body = json.dumps(
            {"event": "upload.completed", "slug": self.slug, "upload_id": upload, "size": 2048}
        ).encode()
        while True:
            stamp = str(int(time.time()))
            signature = hmac.new(NOTIFY_KEY, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
            headers = {
                "X-Stuf-Slug": self.slug,
                "X-Stuf-Timestamp": stamp,
                "X-Stuf-Delivery": delivery,
                "X-Stuf-Signature-256": f"sha256={signature}",
                "Content-Type": "application/json",
            }
            status = self._post("stuf", body, headers)
            if status not in _AGAIN:
                self.statuses.add(status)
                return
            self.repeated += 1
            time.sleep(self._chance.uniform(0.01, 0.1))

    def _github(self) -> None:
        """News of a run that nobody here knows: nothing is said. GitHub does not try again."""
        body = json.dumps({"workflow_run": {"id": 1}, "repository": {"full_name": "acme/other"}}).encode()
        signature = hmac.new(_GITHUB_SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "X-GitHub-Event": "workflow_run",
            "X-GitHub-Delivery": self._delivery(),
            "X-Hub-Signature-256": f"sha256={signature}",
            "Content-Type": "application/json",
        }
        self._post("github", body, headers)

    def _post(self, hook: str, body: bytes, headers: dict[str, str]) -> int:
        try:
            return requests.post(
                f"{self._url}/hooks/{hook}", data=body, headers=headers, timeout=5
            ).status_code
        except requests.RequestException:
            return 0


class Weather(threading.Thread):
    """Zulip loses its queues and restarts, now and then."""

    def __init__(self, realm: BusyRealm, chance: random.Random) -> None:
        super().__init__(name="weather", daemon=True)
        self._realm, self._chance = realm, chance
        self.over = threading.Event()
        self.lost_queues = self.restarts = 0

    def run(self) -> None:
        """Until it is over."""
        while not self.over.wait(self._chance.uniform(1.0, 6.0)):
            if self._chance.random() < 0.6:
                self._realm.zulip.drop_queues()
                self.lost_queues += 1
            else:
                self._realm.restart(self._chance.uniform(0.05, 0.6))
                self.restarts += 1


class Hour:
    """One busy hour on a realm of its own in `folder`, with everything chosen by `seed`."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._chance = random.Random(seed)
        self._realm = BusyRealm(folder / "zulip")
        port = free_port()
        database_url = f"sqlite:///{folder}/bot.sqlite"
        (folder / "zuliprc").write_text(self._realm.zulip.zuliprc("bot"))
        (folder / "bot.conf").write_text(
            f"[stuf_bot]\ndatabase_url = {database_url}\n"
            f"[zulip]\nzuliprc = {folder}/zuliprc\n[roles]\narchitects = role:members\nviewers = role:members\n"
            "[github]\nurl = http://127.0.0.1:9\ncontrol_repository = acme/stuf-control\ntoken = none\n"
            f"webhook_secrets = {_GITHUB_SECRET}\n[web]\nport = {port}\n"
        )
        self._url = f"http://127.0.0.1:{port}"
        self._database = open_database(database_url)
        migrate(self._database)
        _stand(self._database)
        self._bot = BotLives(folder / "bot.conf")
        self.figures = Figures()

    def run(self, kills: int) -> list[str]:
        """Play it with so many kills; gives every difference between what was said and what was due."""
        begun = time.monotonic()
        self._bot.begin()
        # Its time begins with its first start: what was said before is not for it.
        self._until(self._ready, "the bot is ready")
        learned = learn(self._realm, self._realm.user(NAMES[0]), self._quiet)
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
        uploads = [Uploads(slug, self._url, random.Random(self._chance.random())) for slug in STUFS]
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
            *self._rest(people, uploads),
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
            assert time.monotonic() < end, f"the bot does not come to rest: {self._waiting()}"
            time.sleep(_POLL)
            calm = calm + 1 if not any(self._waiting().values()) else 0

    def _waiting(self) -> dict[str, int]:
        counts = {
            "inbox": select(func.count()).where(InboxRow.state == "waiting"),
            "outbox": select(func.count()).where(OutboxRow.state == "waiting"),
            "operations": select(func.count()).where(OperationRow.state.in_(("waiting", "running"))),
        }
        with self._database.reading() as session:
            return {name: session.scalar(query) or 0 for name, query in counts.items()}

    def _rest(self, people: list[Person], uploads: list[Uploads]) -> list[str]:
        """What else has to be true in the end."""
        found = [f"{count} wait in the {name}" for name, count in self._waiting().items() if count]
        for stuf in uploads:
            channel = self._realm.channel_id(f"stuf-{stuf.slug}")
            texts = [one.content for one in self._realm.said(lambda one, at=channel: one.channel_id == at)]
            # What was folded into one message has the newest on top.
            told = [word for text in texts for word in sorted(_WORD.findall(text)) if word in set(stuf.ids)]
            if stuf.statuses - {202}:
                found.append(f"uploads of {stuf.slug}: answered with {stuf.statuses}")
            if told != stuf.ids:
                found.append(f"uploads of {stuf.slug}: said {told}, due {stuf.ids}")
        with self._database.reading() as session:
            if problem := audit.verify(session):
                found.append(f"audit: {problem}")
            for name, query in {
                "inbox entries failed": select(func.count()).where(InboxRow.state == "failed"),
                "outbox rows failed": select(func.count()).where(OutboxRow.state == "failed"),
                "plans are open": select(func.count()).where(PlanRow.state == "open"),
                "forms are open": select(func.count()).select_from(Dialogue),
            }.items():
                if count := session.scalar(query):
                    found.append(f"{count} {name}")
        return [*found, *self._elsewhere(people)]

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


def _stand(database: Database) -> None:
    """STUFs that are ready, of somebody who says nothing here."""
    fleet = Fleet(lambda: None)
    with database.session() as session:
        for slug in STUFS:
            spec = StufSpec(slug=slug, name=slug.title(), storage=AwsStorage(region="eu-west-1"))
            fleet.create(
                session, spec, owner_id=8, owner_name="Ada Admin", channel=f"stuf-{slug}", participants=()
            )
        for row in session.scalars(select(StufRow)):
            row.outputs = outputs(row.slug).model_dump(mode="json")
            row.state = StufState.READY
            row.created_at = datetime.now(UTC)


@contextmanager
def hour(folder: Path, seed: int) -> Iterator[Hour]:
    """An hour, ended whatever happens."""
    made = Hour(folder, seed)
    try:
        yield made
    finally:
        made.close()
