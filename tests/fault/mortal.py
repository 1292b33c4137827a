"""What makes a bot mortal: points at which it may die, answers that get lost, operations that need no cloud.

A point is a commit or a request of one of its threads, before or after: `hall commit before`,
`sender POST messages after`. Nothing here knows how the bot is built inside.
"""

import collections
import json
import os
import random
import signal
import threading
from pathlib import Path
from typing import Any

import urllib3
from pydantic import SecretBytes
from sqlalchemy import event
from sqlalchemy.orm import Session

from provisioning.models import StufOutputs
from provisioning.operations.attempt import Attempt, run_attempt
from provisioning.operations.services import Services
from provisioning.operations.steps import Steps
from stuf_bot import bootstrap
from stuf_bot.bootstrap import operating

NOTIFY_KEY = b"the key of every STUF here"

_lock = threading.Lock()
_passed: collections.Counter[str] = collections.Counter()
_points = Path()
_plan: dict[str, Any] = {}


def arrange(points: Path, plan: dict[str, Any]) -> None:
    """Let this process be mortal as `plan` says; see `nursery`."""
    global _points  # noqa: PLW0603 - one process, one life.
    _points = points
    _plan.update(plan)
    chance = random.Random(plan["seed"])
    event.listen(Session, "before_commit", lambda _session: passing("commit before"))
    event.listen(Session, "after_commit", lambda _session: passing("commit after"))
    ask = urllib3.HTTPConnectionPool.urlopen

    def asking(self: urllib3.HTTPConnectionPool, method: str, url: str, *given: Any, **named: Any) -> Any:
        what = f"{method} {url.partition('/api/v1/')[2].partition('?')[0].split('/')[0]}"
        passing(f"{what} before")
        answer = ask(self, method, url, *given, **named)
        passing(f"{what} after")
        if _thread() == "sender" and chance.random() < plan["lost"]:
            raise urllib3.exceptions.ProtocolError("the answer got lost")
        return answer

    urllib3.HTTPConnectionPool.urlopen = asking  # type: ignore[method-assign, assignment]
    bootstrap.notify_key = lambda *_: lambda _slug: SecretBytes(NOTIFY_KEY)  # type: ignore[assignment, return-value]
    operating.OPERATIONS.update(provision=short_provision, test=short_other, abandon=short_other)


def passing(what: str) -> None:
    """Note the point of this thread; die where the plan says so."""
    point = f"{_thread()} {what}"
    with _lock:
        _passed[point] += 1
        if point == _plan["die_at"] and _passed[point] == _plan["nth"]:
            os.kill(os.getpid(), signal.SIGKILL)


def write_points() -> None:
    """Say how often each point was passed; for one who dies in bed."""
    _points.write_text(json.dumps(_passed))


def short_provision(steps: Steps, services: Services, attempt_id: str) -> None:
    """A provisioning that has made everything as soon as it begins."""
    run_attempt(steps, services, attempt_id, _made)


def short_other(steps: Steps, services: Services, attempt_id: str) -> None:
    """A test or an abandoning that goes well at once."""
    run_attempt(steps, services, attempt_id, lambda attempt: attempt.run("do", lambda: None))


def _made(attempt: Attempt) -> StufOutputs:
    slug = attempt.current().slug
    return outputs(attempt.run("make", lambda: slug))


def outputs(slug: str) -> StufOutputs:
    """What a workflow would have made."""
    return StufOutputs(
        slug=slug,
        address=f"https://{slug}.example.org",
        region="eu-west-1",
        stack_name=f"stuf-{slug}",
        bucket=f"{slug}-files",
        site_bucket=f"{slug}-site",
        kms_key_arn="arn:aws:kms:none",
        secret_arn="arn:aws:secretsmanager:none",
        function_name="none",
        api_url="https://api.example.org",
        distribution_id="none",
        version="1",
        repository=f"acme/stuf-{slug}",
        repository_url=f"https://github.example.org/acme/stuf-{slug}",
    )


def _thread() -> str:
    name = threading.current_thread().name
    return "web" if name.startswith("AnyIO") else name.split("-")[0].lower()
