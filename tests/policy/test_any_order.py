"""Whatever people answer in whatever order, a plan is carried out when the policy allows it, and then only."""

import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pyotp
from hypothesis import given, settings
from hypothesis import strategies as st
from talk import OMAR, PAT, TESS, Talk, open_talk

from provisioning import progress
from provisioning.fleet import Failure, OperationKind
from stuf_bot.messages import Effect
from stuf_bot.places import Topic
from stuf_bot.policy import Policy, Way

CREATE = """create
```yaml
name: Acme Audit
participants: ana@example.org +44 7700 900123
```"""
MENTION = "@**STUF Bot**"
ROOM = Topic(channel=5, topic="removals")
WAYS = [Way.SELF, Way.TYPED, Way.TWO_PEOPLE, Way.CODE]
ACTS = [
    "confirm",
    "confirm acme-audit",
    "approve",
    "thumb",
    "code",
    "wrong code",
    "cancel",
    "restart",
    "5 minutes",
]
ANSWERS = st.lists(st.tuples(st.sampled_from([TESS, TESS, OMAR, PAT]), st.sampled_from(ACTS)), max_size=9)


@dataclass
class Expected:
    """What the policy says of one plan: asked for by Tess, where Omar might have asked as well and Pat not."""

    way: Way
    minutes: int = 0
    open: bool = True
    awaits_code: bool = False
    wrong: int = 0
    begun: bool = False

    def take(self, who: int, act: str) -> None:
        if act == "5 minutes":
            self.minutes += 5
        if not self.open or self.minutes >= 15:
            return
        if who == TESS and act == "cancel":
            self.open = False
        elif self._enough(who, act):
            self.open, self.begun = False, True

    def _enough(self, who: int, act: str) -> bool:
        if self.way is Way.TWO_PEOPLE:
            return who == OMAR and act in {"confirm", "approve", "thumb"}
        if who != TESS:
            return False
        if self.way is Way.TYPED:
            return act == "confirm acme-audit"
        if self.way is Way.SELF:
            return act in {"confirm", "confirm acme-audit", "thumb"}
        if act in {"confirm", "confirm acme-audit", "thumb"}:
            self.awaits_code = True
        if act == "wrong code" and self.awaits_code:
            self.wrong += 1
        return act == "code" and self.awaits_code and self.wrong < 5


def opened(folder: Path, way: Way, before: Talk | None = None) -> Talk:
    talk = open_talk(folder / "bot.sqlite", Policy({Effect.DESTROYS: way}))
    if before:
        talk.now, talk.last = before.now, before.last
        before.database.close()
    return talk


def prepared(folder: Path, way: Way) -> tuple[Talk, dict[int, pyotp.TOTP], str]:
    """A STUF of Tess' whose removal she has asked for, everybody's authenticator, and the plan's key."""
    talk = opened(folder, way)
    talk.says(TESS, CREATE)
    talk.says(TESS, "confirm")
    with talk.database.session() as session:
        operation = talk.fleet.latest_operation(session, "acme-audit")
        assert operation is not None
        progress.failed(session, operation.attempt_id, talk.now, Failure(code="x", sentence="No."))
    apps = {}
    for who in (TESS, OMAR, PAT):
        key = talk.says(who, "code enrol").rpartition("`\n")[0].rpartition("`")[2]
        apps[who] = pyotp.TOTP(key.replace(" ", ""))
        talk.says(who, apps[who].at(talk.now))
    talk.now += timedelta(minutes=2)
    talk.says(TESS, f"{MENTION} abandon acme-audit", ROOM)
    return talk, apps, next(post.key for post in talk.posts if post.key)


def answer(talk: Talk, who: int, act: str, app: pyotp.TOTP, key: str) -> None:
    if act == "thumb":
        talk.reacts(who, key)
    elif act == "code":
        talk.says(who, app.at(talk.now))
    elif act == "wrong code":
        near = {app.at(talk.now, counter_offset=drift) for drift in (-1, 0, 1)}
        talk.says(who, next(code for code in ("000000", "000001", "000002", "000003") if code not in near))
    elif act == "5 minutes":
        talk.now += timedelta(minutes=5)
    elif act != "restart":
        talk.says(who, act, ROOM)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(WAYS), ANSWERS)
def test_a_plan_is_carried_out_when_the_policy_allows_it_and_then_only(
    way: Way, answers: list[tuple[int, str]]
) -> None:
    expected = Expected(way)
    with tempfile.TemporaryDirectory() as folder:
        talk, apps, key = prepared(Path(folder), way)
        for who, act in answers:
            if act == "restart":
                talk = opened(Path(folder), way, talk)
            answer(talk, who, act, apps[who], key)
            expected.take(who, act)
            with talk.database.session() as session:
                operation = talk.fleet.latest_operation(session, "acme-audit")
            assert operation is not None
            assert (operation.kind is OperationKind.ABANDON) == expected.begun, (way, act)
        talk.database.close()
