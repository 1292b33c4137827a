"""The walk: every command and every relay, with marked values wherever one can put them.

`COMMANDS` says how each declared command is walked. One that is not there fails the test.
"""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pyotp
from marked import FILE_NAME, MAIL, PHONE, PHONE_TYPED, PICTURE, STUF_SECRET, TOKEN
from private_house import House
from sqlalchemy import select
from talk import ADA, TESS, TOPIC

from handlers._create_form import CreateForm
from provisioning import progress
from provisioning.events import OperationChanged, OperationEnded
from provisioning.fleet import Failure, Operation
from provisioning.models import StufOutputs
from provisioning.operations.provision import _inputs
from provisioning.records import StepState, StepStatus
from stuf_bot.access import Role
from stuf_bot.chat import forms
from stuf_bot.store.conversation_tables import Dialogue

WHO = (TESS, ADA)
# What a person may put anywhere in a direct message. In a channel it is the bot's to refuse the first two.
PERSONAL = (MAIL, PHONE_TYPED)
TYPED = (f'{MAIL} "{PHONE_TYPED}"', f"{FILE_NAME} {TOKEN}", STUF_SECRET)
RIGHT = {
    "name": "Walked Audit",
    "slug": "walked",
    "description": "skip",
    "storage": "aws",
    "region": "eu-west-1",
    "participants": f"{MAIL}, {PHONE_TYPED}",
    "channel": "skip",
    "show_file_names": "no",
    "display_name": "skip",
    "accent_colour": "#1a6b54",
    "welcome_text": "Welcome",
    "logo": PICTURE.link,
    "github_account": "skip",
}


class Walk:
    """Goes through everything. `inputs` are those of the workflows that would have been started."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.inputs: list[str] = []
        self.stored: list[bytes] = []
        self.walked: set[str] = set()

    # Commands

    def commands(self) -> None:
        """Each command as `COMMANDS` says, and with marked values where it takes none."""
        for words in self.house.commands:
            COMMANDS[words](self)
            self.anyhow(words)
            self.walked.add(words)

    def anyhow(self, words: str) -> None:
        """A command with what does not belong there."""
        who = ADA if self.house.commands[words].role == Role.ADMINISTRATOR else TESS
        for typed in TYPED:
            self.house.says(who, f"{words} {typed}")
            self.house.says(who, "cancel")
        for typed in PERSONAL:
            self.house.says(who, f"{words} {typed}\n{words}", TOPIC)
        self.house.says(who, f"{words}\n```yaml\nparticipants: {MAIL} {PHONE}\nx: {FILE_NAME}\n```")
        self.house.says(who, "cancel")
        self.house.says(who, "cancel", TOPIC)

    def stale(self) -> None:
        """What was written while the bot was away, and is asked about; nobody answers."""
        block = f"create\n```yaml\nname: x\nparticipants: {MAIL} {PHONE}\n```"
        for line in (block, f"retry walked-direct {MAIL}", f"abandon {FILE_NAME}"):
            self.house.says(TESS, line, age=timedelta(minutes=20))
        for line in (block, f"abandon walked-direct {MAIL}"):
            self.house.says(TESS, line, TOPIC, age=timedelta(minutes=20))

    def codes(self) -> None:
        """Enrolling shows a secret to one person; it is a mark from then on."""
        for who in WHO:
            self.house.says(who, "code enrol", TOPIC)
            self.house.says(who, "code enrol")
            keys = re.findall(r"[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}", " ".join(self.house.zulip.direct))
            secret = keys[-1].replace(" ", "")
            self.house.made += [keys[-1], secret]
            code = pyotp.TOTP(secret).at(self.house.talk.now)
            self.house.says(who, f"code verify {MAIL} {code}")
            self.house.says(who, f"code verify {code}", TOPIC)
            self.house.says(who, f"code verify {code}")
            self.house.made.append(f"verify {code}")
        assert len(set(self.house.made)) > 2 * len(WHO)

    def plainly(self, *lines: str) -> None:
        """These lines by who may do something and who may do all, in a direct message and in a channel."""
        for who in WHO:
            for line in lines:
                self.house.says(who, line)
                self.house.says(who, line, TOPIC)

    # The form

    def create(self, slug: str, *, in_channel: bool) -> Operation:
        """Every field wrong, then right; the private one always in a direct message; then confirmed."""
        place = TOPIC if in_channel else None
        self.house.says(TESS, "create", place)
        while name := self._asked():
            private = forms.question(CreateForm, name).private
            self.house.says(TESS, f"{PHONE_TYPED} {MAIL} 9900", place)
            if private:
                self.house.says(TESS, FILE_NAME)
                self.house.says(TESS, "marked.ana@, 12")
                self.house.says(TESS, "forms", TOPIC)
            self.house.says(TESS, slug if name == "slug" else RIGHT[name], None if private else place)
            assert self._asked() != name, name
        return self._confirmed(slug, in_channel=in_channel)

    def create_at_once(self, slug: str) -> Operation:
        """A block with everything; in a channel, where it is not taken, and in a direct message."""
        given = RIGHT | {"slug": slug}
        answers = {name: answer for name, answer in given.items() if answer != "skip" and name != "logo"}
        block = "\n".join(f"{name}: {json.dumps(answer)}" for name, answer in answers.items())
        wrong = "\n".join(f"{name}: {json.dumps(f'{MAIL} {PHONE}')}" for name in answers)
        for each in (wrong, block):
            self.house.says(TESS, f"create\n```yaml\n{each}\n```", TOPIC)
        self.house.says(TESS, f"create\n```yaml\n{wrong}\n```")
        self.house.says(TESS, "cancel")
        self.house.says(TESS, f"create --plan\n```yaml\n{block}\n```")
        return self._confirmed(slug, in_channel=False)

    def _asked(self) -> str | None:
        with self.house.database.reading() as session:
            row = session.scalar(select(Dialogue))
            return forms.next_field(CreateForm, json.loads(row.answers)) if row else None

    def _confirmed(self, slug: str, *, in_channel: bool) -> Operation:
        self.plainly("approvals", "list")
        self.house.says(TESS, "confirm", TOPIC if in_channel else None)
        return self.latest(slug)

    # Operations

    def latest(self, slug: str) -> Operation:
        """The STUF's latest operation; the inputs of its workflow are kept."""
        with self.house.database.session() as session:
            operation = self.house.fleet.latest_operation(session, slug)
        assert operation is not None
        attempt: Any = SimpleNamespace(
            attempt_id=operation.attempt_id, services=SimpleNamespace(session=self.house.database.session)
        )
        self.inputs.append(json.dumps(_inputs(attempt)))
        return operation

    def fails(self, operation: Operation, failure: Failure) -> None:
        """The operation's card and its end, after a failure."""
        running = (StepState(name=operation.steps[0].name, status=StepStatus.RUNNING), *operation.steps[1:])
        with self.house.database.session() as session:
            progress.started(session, operation.attempt_id)
            progress.stepped(session, operation.attempt_id, running)
            progress.failed(session, operation.attempt_id, self.house.talk.now, failure)
        self.tell(operation, succeeded=False)

    def succeeds(self, operation: Operation, outputs: StufOutputs | None = None) -> None:
        """Its end, with what waited for storage written there."""
        with self.house.database.session() as session:
            progress.started(session, operation.attempt_id)
            for key, _, content in progress.pending(session, operation.attempt_id):
                self.stored.append(content)
                progress.stored(session, operation.attempt_id, key)
            progress.succeeded(session, operation.attempt_id, self.house.talk.now, outputs)
        self.tell(operation, succeeded=True)

    def tell(self, operation: Operation, *, succeeded: bool) -> None:
        """What an operation reports, as the engine does."""
        self.house.talk.last += 1
        about = {"operation_id": operation.id, "slug": operation.slug}
        self.house.hears(OperationChanged(**about, sequence=self.house.talk.last))
        self.house.hears(OperationEnded(**about, attempt=operation.attempt, succeeded=succeeded))


def _create(walk: Walk) -> None:
    walk.house.says(TESS, "create")
    walk.house.says(TESS, f"{MAIL} {PHONE}")
    walk.house.says(TESS, "cancel")


def _lines(*lines: str) -> Callable[[Walk], None]:
    return lambda walk: walk.plainly(*lines)


COMMANDS: dict[str, Callable[[Walk], None]] = {
    "help": _lines("help", "help create", f"help {FILE_NAME[:0]}"),
    "create": _create,
    "list": _lines("list"),
    "status": _lines("status walked-direct", "status nothing"),
    "deployments": _lines("deployments walked-direct", "deployments nothing"),
    "test": _lines("test walked-direct"),
    "retry": _lines("retry walked-direct"),
    "abandon": _lines("abandon walked-channel", "cancel"),
    "audit": _lines("audit walked-direct", "audit walked-direct since yesterday", "audit"),
    "confirm": _lines("confirm", "confirm walked-direct"),
    "approve": _lines("approve k3f9ab"),
    "cancel": _lines("cancel"),
    "approvals": _lines("approvals"),
    "code": _lines("code"),
    "code enrol": Walk.codes,
    "code verify": _lines("code verify 123456", "123456"),
    "code reset": _lines("code reset @**Tess Architect**"),
    "forms": _lines("forms"),
    "resume": _lines("resume", "resume 2"),
    "back": _lines("back"),
    "whoami": _lines("whoami"),
    "deliveries": _lines("deliveries", "deliveries 1"),
    "deliveries replay": _lines("deliveries replay 1", "confirm"),
    "trends": _lines("trends walked-direct"),
    "threshold": _lines("threshold walked-direct errors 6"),
    "false alarm": _lines("false alarm"),
    "errors": _lines("errors", "errors walked-direct mine", "errors all"),
    "comment": _lines("comment ACME-1F what is it", "comment"),
    "assign": _lines("assign ACME-1F me"),
    "resolve": _lines("resolve ACME-1F in v13"),
    "unresolve": _lines("unresolve ACME-1F"),
    "resolve all": _lines("resolve all in walked-direct older than 30d"),
    "archive": _lines("archive ACME-1F for 3 days"),
    "archive all": _lines("archive all in walked-direct"),
    "priority": _lines("priority ACME-1F high"),
    "chart": _lines("chart ACME-1F"),
    "relays": _lines("relays", "relays walked-direct", "relays walked-direct mute checks", "relays fleet"),
    "why": _lines("why"),
    "mute": _lines("mute"),
    "me": _lines("me", "me github octo", "me github none"),
    "architects": _lines("architects walked-direct"),
    "add architect": _lines("add architect walked-direct @**Omar Ops**"),
    "remove architect": _lines("remove architect walked-direct @**Omar Ops**"),
}
