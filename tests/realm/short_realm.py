"""A realm whose control repository has a short workflow: steps with the right names that do next to nothing."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import requests
import zulip

from provisioning.models import Stage, StufOutputs
from sandbox.aws import Aws
from sandbox.github import GitHub, Runner
from sandbox.zulip import ZulipRealm

HERE = Path(__file__).parent
REGION = "eu-west-1"
BOT = "STUF Bot"
_INPUTS = ("stuf", "operation", "spec", "start_at", "requested_by", "reason", "kept_files")


def workflow() -> str:
    """provision.yml with every input and every step of the real one."""
    inputs = "".join(f"      {name}: {{type: string}}\n" for name in _INPUTS)
    steps = "".join(f"      - name: {stage.value}\n        run: 'true'\n" for stage in Stage)
    return (
        "name: provision\nrun-name: provision ${{ inputs.stuf }} (${{ inputs.operation }})\n"
        f"on:\n  workflow_dispatch:\n    inputs:\n{inputs}"
        f"jobs:\n  provision:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"
    )


class ShortRealm:
    """Zulip, GitHub and AWS; `provisioned(slug)` prepares what the real workflow would have made."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.zulip = ZulipRealm(state / "zulip", 0, rate_limit=100_000)
        self.aws = Aws(state / "aws")
        self.nursery = Nursery()
        self.github = GitHub(
            state / "github", 0, runner=Runner(environment={"PATH": os.environ["PATH"]}, local_actions={})
        )

    def start(self) -> None:
        """Start all three, and make the control repository."""
        self.zulip.start()
        self.aws.start()
        self.github.start()
        self.github.create_account("acme", "Organization")
        control = self.state / "control"
        (control / ".github/workflows").mkdir(parents=True)
        (control / ".github/workflows/provision.yml").write_text(workflow())
        self.github.seed_repository("acme", "stuf-control", control)
        self.token = self.github.create_token("acme")
        self.key = self.aws.client("kms", region_name=REGION).create_key()["KeyMetadata"]["Arn"]

    def stop(self) -> None:
        """Stop all."""
        self.nursery.close()
        for part in (self.zulip, self.github, self.aws):
            part.stop()

    def provisioned(self, slug: str) -> None:
        """The bucket, and the instance repository with its outputs."""
        self.aws.client("s3", region_name=REGION).create_bucket(
            Bucket=f"{slug}-files", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        outputs = StufOutputs(
            slug=slug,
            address=f"https://{slug}.example.org",
            region=REGION,
            stack_name=f"stuf-{slug}",
            bucket=f"{slug}-files",
            site_bucket=f"{slug}-site",
            kms_key_arn=self.key,
            secret_arn="arn:aws:secretsmanager:none",
            function_name="none",
            api_url="https://api.example.org",
            distribution_id="none",
            version="1",
            repository=f"acme/stuf-{slug}",
            repository_url=f"{self.github.url}/acme/stuf-{slug}",
        )
        folder = self.state / f"instance-{slug}"
        (folder / "infrastructure").mkdir(parents=True)
        (folder / "infrastructure/outputs.json").write_text(outputs.model_dump_json())
        self.github.seed_repository("acme", f"stuf-{slug}", folder)

    def conf(self, folder: Path) -> Path:
        """A bot.conf with a database of its own, in `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "zuliprc").write_text(self.zulip.zuliprc("bot"))
        key = self.aws.environment
        (folder / "bot.conf").write_text(
            f"[stuf_bot]\ndatabase_url = sqlite:///{folder}/bot.sqlite\n"
            f"[zulip]\nzuliprc = {folder}/zuliprc\n"
            "[roles]\narchitects = role:members\n"
            f"[github]\nurl = {self.github.url}\ntoken = {self.token}\n"
            "control_repository = acme/stuf-control\npoll_seconds = 0.3\n"
            f"[aws]\nregion = {REGION}\nendpoint_url = {self.aws.url}\n"
            f"access_key_id = {key['AWS_ACCESS_KEY_ID']}\nsecret_access_key = {key['AWS_SECRET_ACCESS_KEY']}\n"
            "[web]\nport = 0\n"
        )
        return folder / "bot.conf"

    def client(self, name: str) -> zulip.Client:
        """The official client of one person."""
        account = self.zulip.accounts[name]
        return zulip.Client(email=account.email, api_key=account.api_key, site=self.zulip.url)

    def runs(self) -> list[dict[str, Any]]:
        """All runs of the control repository, as GitHub's API tells them."""
        answer = requests.get(
            f"{self.github.url}/repos/acme/stuf-control/actions/runs?per_page=100",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=10,
        )
        runs: list[dict[str, Any]] = answer.json()["workflow_runs"]
        return runs


class Nursery:
    """The process that forks the bots, for all tests that run in one process; see mortal_bot.py."""

    def __init__(self) -> None:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("STUF_BOT_")}
        self._process = subprocess.Popen(
            [sys.executable, HERE / "mortal_bot.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        self._begun: SimpleQueue[int] = SimpleQueue()
        self.ends: dict[int, int] = {}
        self._ended = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def begin(self, plan: dict[str, str]) -> int:
        """Begin a life; gives its process id."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(plan)}\n")
        self._process.stdin.flush()
        return self._begun.get(timeout=60)

    def exit_code(self, pid: int, seconds: float) -> int | None:
        """How a life ended; None where it did not within this time."""
        with self._ended:
            self._ended.wait_for(lambda: pid in self.ends, seconds)
            return self.ends.get(pid)

    def close(self) -> None:
        """End it; whoever still lives is ended by its test."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told: dict[str, int] = json.loads(line)
            if "exit" not in told:
                self._begun.put(told["pid"])
                continue
            with self._ended:
                self.ends[told["pid"]] = told["exit"]
                self._ended.notify_all()


class MortalBot:
    """Starts and restarts the bot's process; `points` is where it notes what it passed."""

    def __init__(self, nursery: Nursery, conf: Path) -> None:
        self._nursery, self._conf = nursery, conf
        self.points = conf.parent / "points"
        self._log = conf.parent / "bot.log"
        self._pid = 0

    def start(self, die_at: str = "", by: signal.Signals = signal.SIGKILL) -> None:
        """Start; at that point it gets this signal."""
        files = {"conf": str(self._conf), "log": str(self._log), "points": str(self.points)}
        self._pid = self._nursery.begin({**files, "die_at": die_at, "by": by.name})

    @property
    def dead(self) -> bool:
        """Whether the process has ended."""
        return not self._pid or self.exit_code is not None

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._nursery.exit_code(self._pid, 0)

    @property
    def log(self) -> str:
        """What it logged, over all its lives."""
        return self._log.read_text(encoding="utf-8")

    def end(self, number: signal.Signals = signal.SIGTERM) -> int | None:
        """Signal it and wait; gives its exit code, None where it does not end."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, number)
        return self._nursery.exit_code(self._pid, 30)


def until(true: Callable[[], Any], seconds: float = 60.0, what: str = "") -> Any:
    """The first truthy value; fails with `what` after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := true():
            return value
        time.sleep(0.03)
    raise AssertionError(f"not within {seconds} s: {what}")


@contextmanager
def running(state: Path) -> Iterator[ShortRealm]:
    """The realm, while the block runs."""
    realm = ShortRealm(state)
    realm.start()
    try:
        yield realm
    finally:
        realm.stop()


def said_directly(client: zulip.Client, user_id: int, bot_id: int) -> list[dict[str, Any]]:
    """The direct messages of the bot to this person."""
    return _messages(client, [{"operator": "dm", "operand": [bot_id]}], bot_id)


def said_in(client: zulip.Client, channel: str, bot_id: int) -> list[dict[str, Any]]:
    """The messages of the bot in a channel."""
    return _messages(client, [{"operator": "channel", "operand": channel}], bot_id)


def _messages(client: zulip.Client, narrow: list[dict[str, Any]], bot_id: int) -> list[dict[str, Any]]:
    answer = client.get_messages(
        {"anchor": "newest", "num_before": 500, "num_after": 0, "narrow": narrow, "apply_markdown": False}
    )
    if answer["result"] != "success":
        return []
    return [message for message in answer["messages"] if message["sender_id"] == bot_id]


def block(slug: str) -> str:
    """A create command with everything at once."""
    values = {"name": f"Audit {slug}", "slug": slug, "region": REGION}
    lines = [f"{key}: {json.dumps(value)}" for key, value in values.items()]
    return "create\n```yaml\n" + "\n".join(lines) + "\nparticipants: ana@example.org +44 7700 900123\n```"
