"""Brings one text into every field of every command, form and event, and notes what the bot wants said."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, ClassVar

import yaml
from talk import ADA, BOT_MENTION, OMAR, PAT, TESS, FakeDirectory, Talk

from handlers import away
from handlers._create_form import CreateForm
from provisioning import progress
from provisioning.events import OperationChanged, OperationEnded
from provisioning.fleet import Failure, Operation
from provisioning.models import StufOutputs
from stuf_bot.acts import Act, Card, EnsureChannel, Post
from stuf_bot.chat.blocks import _UNUSABLE as UNUSABLE
from stuf_bot.context import EventContext
from stuf_bot.messages import DeliveryReceived, MessageReceived, Reconnected, WaitingMessage
from stuf_bot.personal_text import found as is_personal
from stuf_bot.places import Direct, Person, Topic

Json = dict[str, Any]

VALID: Json = {
    "name": "Acme Audit",
    "slug": "acme-audit",
    "participants": ["ana@example.org +44 7700 900123"],
    "channel": "acme-audit",
}
_OPERATION = re.compile(r"\b(op-|(?:provision|test|abandon) walk-[\w-]+ )[2-9a-z]{6}\b")


@dataclass
class Said:
    """What was said about one field. Of `free` text the bot takes any: then all around it has to stay the same."""

    field: str
    content: str
    topic: str
    free: bool


@dataclass
class Walk:
    """One bot, one text."""

    talk: Talk
    text: str
    said: list[Said] = field(default_factory=list)
    channels: set[str] = field(default_factory=set)
    people: ClassVar = (TESS, PAT, ADA)

    def __post_init__(self) -> None:
        """Everything happens at one moment, so that two walks read the same."""
        self.talk.fleet._clock = lambda: self.talk.now
        self.talk.uploads["/user_uploads/2/ab/secret.png"] = b"not a picture"

    def everything(self) -> list[Said]:
        """All of it, in an order that is always the same."""
        self._prose()
        self._commands()
        self._form_at_once()
        self._form_by_questions()
        self._operations()
        self._deliveries()
        self._looking_back()
        return self.said

    def names(self) -> list[Said]:
        """The text as the name of people, of the channel and of the topic."""
        self._names()
        return self.said

    # -- what people type ----------------------------------------------------------------------

    def _prose(self) -> None:
        self._says("prose", PAT, self.text)
        self._says("prose with a mention", PAT, f"{BOT_MENTION} {self.text}", Topic(channel=5, topic="x"))
        self._says("the topic", PAT, f"{BOT_MENTION} statsu x", Topic(channel=5, topic=self.text), free=True)

    def _commands(self) -> None:
        line = " ".join(self.text.split())
        quoted = "'" + line.replace("'", "") + "'"
        block = f"\n```yaml\n{json.dumps(self.text)}: x\n{json.dumps('x' + self.text)}: [1, {{}}]\n```"
        for command in self._kinds():
            words = command.words
            lines = [
                f"{words} {line}",
                f"{words} {quoted}",
                f"{words} acme-audit {quoted}",
                f"{words}{block}",
            ]
            lines += [f"{words} {name}={quoted}" for name in command.model_fields]
            lines += [f"{words} {name}={quoted} acme-audit" for name in command.model_fields]
            lines += [_with_block(words, {name: self.text}) for name in command.model_fields]
            for number, each in enumerate(lines):
                who = self.people[number % len(self.people)]
                self._says(f"{words}, line {number}", who, each)
                self.talk.says(who, "cancel")
        for begin in ("statsu", "lisst", "hlep"):
            self._says("a word mistyped", TESS, f"{begin} {line}")
        self._says("a broken block", TESS, f"create\n```yaml\n{self.text}: [\n```")

    def _kinds(self) -> list[Any]:
        return list(self.talk.core.dispatcher._bus.commands)

    def _form_at_once(self) -> None:
        for number, name in enumerate(CreateForm.model_fields):
            slug = f"walk-{number}"
            given = VALID | {"slug": slug, "channel": f"stuf-{slug}", name: self.text}
            free = name in {"description", "welcome_text"} and not UNUSABLE.search(self.text)
            self._says(f"create {name}", TESS, _with_block("create", given), free=free)
            self._says(f"create {name}, confirmed", TESS, "confirm", free=free)
            self._says(f"status after {name}", TESS, f"status {slug}", free=free)
            self._says(f"list after {name}", TESS, "list")
            self._says(f"abandon after {name}", TESS, f"abandon {slug}", free=free)
            self.talk.says(TESS, "cancel")
        for given in (
            {"participants": [{"email": "ana@example.org", "phone": "1", self.text: "x"}]},
            {self.text: 1},
        ):
            self._says("create with a strange key", TESS, _with_block("create", VALID | given))
            self.talk.says(TESS, "cancel")

    def _form_by_questions(self) -> None:
        answers = {**VALID, "participants": "ana@example.org +44 7700 900123", "slug": "walk-asked"}
        self.talk.says(TESS, "create")
        for name in CreateForm.model_fields:
            self._says(f"answer {name}", TESS, self.text)
            self._says(f"answer {name}, then well", TESS, str(answers.get(name, "skip")))
        self.talk.says(TESS, "cancel")
        self.talk.says(TESS, "cancel")

    # -- what outside things tell --------------------------------------------------------------

    def _operations(self) -> None:
        operation = self._stuf("walk-failed")
        failure = Failure(code="stack-refused", sentence=self.text, log_tail=(self.text, "last line"))
        with self.talk.database.session() as session:
            progress.failed(session, operation.attempt_id, self.talk.now, failure)
        self._tells(operation, succeeded=False)
        self._says("status of what failed", TESS, "status walk-failed", free=True)
        self._says("somebody else's", PAT, "status walk-failed", free=True)
        done = self._stuf("walk-done")
        with self.talk.database.session() as session:
            progress.dispatched(session, done.attempt_id, 7, f"https://git.example.org/{self.text}")
        self._succeed(done)
        self._tells(done, succeeded=True)
        self._says("status of what is ready", TESS, "status walk-done")
        self._says("list", OMAR, "list")

    def _succeed(self, operation: Operation) -> None:
        given = dict.fromkeys(StufOutputs.model_fields, self.text) | {
            "schema_version": 1,
            "slug": operation.slug,
            "region": "eu-west-1",
        }
        with self.talk.database.session() as session:
            outputs = StufOutputs.model_validate(given)
            progress.succeeded(session, operation.attempt_id, self.talk.now, outputs=outputs)

    def _tells(self, operation: Operation, *, succeeded: bool) -> None:
        changed = OperationChanged(operation_id=operation.id, slug=operation.slug, sequence=2)
        ended = OperationEnded(operation_id=operation.id, slug=operation.slug, attempt=1, succeeded=succeeded)
        self._hears("card", changed, free=not succeeded)
        self._hears("end", ended, free=not succeeded)

    def _deliveries(self) -> None:
        self._stuf("walk-files", show_file_names="yes")
        for number, name in enumerate(
            ("file_name", "upload_id", "size", "verification", "uploaded_by", "other")
        ):
            body = {"upload_id": f"u{number}", "size": 1500, "verification": False, "file_name": "a.pdf"}
            self._hears(
                f"upload {name}", _delivery("stuf", "upload.completed", body | {name: self.text}, name)
            )
        for number, kind in enumerate(("workflow_run", "workflow_job", "push", "issues", "ping", self.text)):
            for source in ("github", "stuf", self.text):
                body = {"action": self.text, "workflow_run": {"id": self.text, "name": self.text}}
                body |= {"repository": {"full_name": self.text}, "sender": {"login": self.text}}
                body |= {"head_commit": {"message": self.text}, "issue": {"title": self.text}}
                self._hears(f"delivery {number}", _delivery(source, kind, body, f"{number}"))

    # -- names of the realm --------------------------------------------------------------------

    def _looking_back(self) -> None:
        """What the log and the lists say of all this."""
        for line in ("audit", "audit walk-failed", "architects walk-done", "approvals", "forms", "whoami"):
            for who in self.people:
                self._says(f"{line}, at the end", who, line)

    def _names(self) -> None:
        names = {TESS: Person(TESS, self.text), PAT: Person(PAT, self.text), OMAR: Person(OMAR, self.text)}
        directory = self.talk.core.dispatcher._contexts._directory
        directory.accounts = FakeDirectory.accounts | names  # type: ignore[misc] - this one realm's own.
        operation = self._stuf("walk-names")
        self._says("a name in a refusal", OMAR, "create")
        self._says("a name in a busy lock", OMAR, "retry walk-names")
        self._succeed(operation)
        self._tells(operation, succeeded=True)
        self._says("a name in a status", OMAR, "status walk-names")
        self._says("a name in a list", OMAR, "list")
        for command in self._kinds():
            for who in (TESS, PAT, OMAR):
                self._says(f"a name at {command.words}", who, f"{command.words} walk-names")
                self.talk.says(who, "cancel")
        place = Topic(channel=5, topic=self.text)
        # Zulip's own limit.
        channel = self.text[:60]
        self.channels.add(channel)
        self._says("names of person, channel and topic", PAT, f"{BOT_MENTION} help", place, channel=channel)
        for word in ("create", "Acme Audit", "walk-private", "skip all"):
            self._says("a form in this topic", TESS, f"{BOT_MENTION} {word}", place, channel=channel)
        self._says("a private answer", TESS, "ana@example.org +44 7700 900123")
        self._says("the forms", TESS, "forms")
        self._says("a plan in this topic", TESS, "approvals")
        waited = WaitingMessage(
            message_id=7, sender_id=PAT, sender_name=self.text, place=place, channel_name=channel
        )
        gap = Reconnected(since=self.talk.now, until=self.talk.now, waited=3, messages=(waited,))
        settings: Any = SimpleNamespace(stuf_bot=SimpleNamespace(admin_channel="stuf-admin"))
        with self.talk.database.session() as session:
            context = EventContext(session=session, now=self.talk.now, cause=gap.key)
            acts = away.say(gap, context, settings=settings)
        self.said += [one for act in acts for one in self._noted("a gap", act, free=False)]

    # -- the harness ---------------------------------------------------------------------------

    def _stuf(self, slug: str, **more: str) -> Operation:
        self.talk.says(TESS, _with_block("create", VALID | {"slug": slug, "channel": f"stuf-{slug}"} | more))
        self.talk.says(TESS, "confirm")
        with self.talk.database.session() as session:
            operation = self.talk.fleet.latest_operation(session, slug)
        assert operation is not None
        return operation

    def _says(
        self,
        name: str,
        who: int,
        text: str,
        place: Topic | None = None,
        *,
        free: bool = False,
        channel: str | None = None,
    ) -> None:
        self.talk.last += 1
        event = MessageReceived(
            message_id=self.talk.last,
            sender_id=who,
            sender_name=self.text,
            place=place or Direct(user_ids=(who,)),
            channel_name=channel,
            content=text,
            sent_at=self.talk.now,
        )
        self._hears(name, event, free=free)

    def _hears(self, name: str, event: Any, *, free: bool = False) -> None:
        try:
            with self.talk.database.session() as session:
                acts = list(self.talk.core.dispatcher.handle(event, session))
        except Exception as error:
            raise AssertionError(f"{name}: {self.text!r}") from error
        # Whose e-mail address or phone number it might be, a form does not take it.
        free = free and not is_personal(self.text)
        self.said += [one for act in acts for one in self._noted(name, act, free=free)]

    def _noted(self, name: str, act: Act, *, free: bool) -> Iterator[Said]:
        if isinstance(act, Post | Card):
            topic = act.to.topic if isinstance(act.to, Topic) else ""
            yield Said(name, _steady(act.content), topic, free)
        elif isinstance(act, EnsureChannel):
            self.channels.add(act.name)
            yield Said(f"{name}: description", act.description, "", free)


def _steady(content: str) -> str:
    """The same in every walk: operations get their ids by chance."""
    return _OPERATION.sub(r"\1k3f9xy", content)


def _delivery(source: str, kind: str, body: Json, number: str) -> DeliveryReceived:
    subject = "walk-files" if source == "stuf" else ""
    return DeliveryReceived(
        source=source, delivery_id=f"d-{number}-{kind}", kind=kind, subject=subject, body=body
    )


def _with_block(words: str, values: Json) -> str:
    # Within double quotes YAML writes every mark that would end the line or the fence.
    block = yaml.safe_dump(values, default_style='"', width=10**6)
    return f"{words}\n```yaml\n{block}```"
