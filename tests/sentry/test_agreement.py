"""Both sides agree in the end, whatever comes late, twice, in another order, or never, with commands in between."""

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from little_sentry import COLLEEN, Webhook
from sentry_room import Room, open_room
from talk import OMAR, TESS

if TYPE_CHECKING:
    from stuf_bot.messages import ErrandEnded

ISSUES = st.sampled_from(("1", "1", "2"))
CHANGES = st.sampled_from(
    (
        {"status": "resolved"},
        {"status": "unresolved"},
        {"status": "ignored", "substatus": "archived_forever"},
        {"assignedTo": "user:colleen"},
        {"assignedTo": ""},
    )
)
TYPED = st.sampled_from(
    (
        "resolve",
        "resolve in next release",
        "unresolve",
        "archive for 3 days",
        "priority high",
        "assign #backend",
    )
)
_TEMPLATE = Path(tempfile.mkdtemp()) / "made.sqlite"


def _made() -> Path:
    """A copy of a database in which the STUF is made already."""
    if not _TEMPLATE.exists():
        open_room(_TEMPLATE).talk.database.close()
    path = Path(tempfile.mkdtemp()) / "bot.sqlite"
    shutil.copy(_TEMPLATE, path)
    return path


class Agreement(RuleBasedStateMachine):
    """Sentry and its people, the way between, and people in chat."""

    def __init__(self) -> None:
        super().__init__()
        self.path = _made()
        self.room: Room = open_room(self.path)
        self.under_way: list[Webhook] = []
        self.arrived: list[Webhook] = []
        self.unheard: dict[str, list[ErrandEnded]] = {}
        self.lost = False
        self.count = 0
        self.asked: list[tuple[str, str]] = []

    @property
    def sentry(self) -> Any:
        return self.room.sentry

    def sent(self) -> None:
        """What Sentry has sent since is under way."""
        self.under_way += self.sentry.sent[self.room.heard :]
        self.room.heard = len(self.sentry.sent)

    def knows(self, issue: str) -> bool:
        """Whether it has a topic."""
        return bool(self.room.card(issue))

    @initialize(known=st.sampled_from(((), ("1",), ("1",), ("1", "2"))))
    def begins(self, known: tuple[str, ...]) -> None:
        for issue in known:
            self.sentry.raises(issue)
        self.room.settle()

    # In Sentry

    @rule(issue=ISSUES)
    def happens(self, issue: str) -> None:
        self.sentry.raises(issue)
        self.sent()

    @rule(issue=ISSUES)
    def escalates(self, issue: str) -> None:
        if issue in self.sentry.issues:
            self.sentry.escalates(issue)
            self.sent()

    @rule(issue=ISSUES, change=CHANGES)
    def is_changed_there(self, issue: str, change: dict[str, Any]) -> None:
        if issue in self.sentry.issues:
            self.sentry.changed(issue, change, COLLEEN)
            self.sent()

    @rule(issue=ISSUES)
    def is_commented_there(self, issue: str) -> None:
        if issue in self.sentry.issues:
            self.count += 1
            self.sentry.says(issue, f"theirs {self.count}", COLLEEN)
            self.sent()

    # On the way

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def a_webhook_arrives(self, data: st.DataObject) -> None:
        webhook = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
        self.arrived.append(webhook)
        self.room.deliver(webhook)

    @precondition(lambda self: self.arrived)
    @rule(data=st.data(), same_id=st.booleans())
    def a_webhook_arrives_again(self, data: st.DataObject, same_id: bool) -> None:
        webhook = data.draw(st.sampled_from(self.arrived))
        self.room.deliver(webhook if same_id else Webhook(webhook.kind, webhook.body, f"{webhook.id}-again"))

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def a_webhook_is_lost(self, data: st.DataObject) -> None:
        lost = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
        # What a comment says is nowhere else: a lost one is not told.
        self.lost = self.lost or not lost.kind.startswith("comment")

    @precondition(lambda self: self.room.waiting())
    @rule(data=st.data(), lose=st.booleans())
    def an_errand_is_run(self, data: st.DataObject, lose: bool) -> None:
        heads: dict[str, tuple[str, str]] = {}
        for kind, key in self.room.waiting():
            heads.setdefault(key.partition(":")[0], (kind, key))
        errand = heads[data.draw(st.sampled_from(sorted(heads)))]
        ended = self.room.run(errand, lose_answer=lose)
        self.unheard.setdefault(ended.within, []).append(ended)
        self.sent()

    @precondition(lambda self: any(self.unheard.values()))
    @rule(data=st.data())
    def an_errands_end_is_heard(self, data: st.DataObject) -> None:
        issue = data.draw(st.sampled_from(sorted(each for each, ends in self.unheard.items() if ends)))
        self.room.hears(self.unheard[issue].pop(0))

    # In chat

    @rule(issue=ISSUES, typed=TYPED)
    def somebody_types(self, issue: str, typed: str) -> None:
        if self.knows(issue):
            self.room.says(OMAR, typed, issue)

    @rule(issue=ISSUES)
    def somebody_comments(self, issue: str) -> None:
        if self.knows(issue):
            self.count += 1
            self.room.says(TESS, f"comment ours {self.count}", issue, mentioned=False)
            self.asked.append((issue, f"Tess Architect (in Zulip): ours {self.count}"))

    @rule(issue=ISSUES, done=st.booleans())
    def somebody_marks_the_topic(self, issue: str, done: bool) -> None:
        if self.knows(issue) and self.room.done(issue) is not done:
            self.room.marks_topic(TESS, issue, done=done)

    # What holds

    @invariant()
    def each_thing_is_told_once(self) -> None:
        told = list(self.room.said.values())
        for number in range(1, self.count + 1):
            assert sum(f"theirs {number}\n" in text for text in told) <= 1
        assert not any("in Zulip" in text for text in told)

    def teardown(self) -> None:
        """In the end everything arrives, and Sentry is looked at."""
        self._calm()
        if self.lost:
            self.room.sentry.now = self.room.talk.now = self.room.talk.now.replace(hour=23)
            self.room.looks()
            self._calm()
        for issue, there in self.sentry.issues.items():
            self._agrees(issue, there)
        self.room.talk.database.close()
        shutil.rmtree(self.path.parent)

    def _calm(self) -> None:
        while self.under_way or any(self.unheard.values()) or self.room.waiting():
            for ends in self.unheard.values():
                while ends:
                    self.room.hears(ends.pop(0))
            if self.under_way:
                # The newest first: what is oldest has the last word.
                self.room.deliver(*reversed(self.under_way))
            self.under_way = []
            self.room.work()
            self.sent()

    def _agrees(self, issue: str, there: dict[str, Any]) -> None:
        record = self.room.record(issue)
        assert record, issue
        here = record.issue
        assert (here.status, here.substatus) == (there["status"], there["substatus"] or "")
        assert here.priority == there["priority"]
        assigned = there["assignedTo"]
        assert (here.assigned.id if here.assigned else None) == (assigned["id"] if assigned else None)
        assert self.room.done(issue) is (there["status"] == "resolved")
        shown = {"resolved": "✅ resolved", "ignored": "🗄️ archived"}.get(there["status"])
        assert shown is None or shown in self.room.card(issue)
        texts = [one["text"] for one in self.sentry.comments[issue]]
        for where, text in self.asked:
            assert where != issue or texts.count(text) == 1


CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large]


class TestAgreement(Agreement.TestCase):  # type: ignore[misc,valid-type]
    """A few stories, with every run of the tests."""

    settings = settings(max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=CHECKS)


@pytest.mark.slow
class TestAgreementLong(Agreement.TestCase):  # type: ignore[misc,valid-type]
    """Many stories."""

    settings = settings(max_examples=300, stateful_step_count=40, deadline=None, suppress_health_check=CHECKS)
