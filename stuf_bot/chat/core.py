"""The chat core, put together: from an event to acts, with everything that has a say in between."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from stuf_bot.access import Access
from stuf_bot.bus import Bus, Router
from stuf_bot.chat.attachments import Attachments
from stuf_bot.chat.commands import Commands
from stuf_bot.chat.confirmation import Codes, Confirmation
from stuf_bot.chat.contexts import Contexts
from stuf_bot.chat.conversing import Conversing
from stuf_bot.chat.dialogue import Dialogues
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.dispatch import Dispatcher
from stuf_bot.chat.forms import Form
from stuf_bot.chat.grammar import Grammar
from stuf_bot.chat.known import known_to
from stuf_bot.chat.listening import Listening
from stuf_bot.chat.proposals import Proposals
from stuf_bot.chat.prose import Prose
from stuf_bot.chat.running import Running
from stuf_bot.clock import Clock
from stuf_bot.policy import Policy
from stuf_bot.store.database import Database


class Sent(Protocol):
    """What the core asks the outbox."""

    def key_of(self, session: Session, message_id: int) -> str | None:
        """The key of a message of ours."""

    def message_id(self, session: Session, key: str) -> int | None:
        """The message of a key, once it is sent."""


@dataclass(frozen=True, slots=True)
class Core:
    """`dispatcher` handles events, `listening` says what needs no mention, `dialogues` are the open forms.

    `invites` says of a message (channel, topic, content) that it needs none by what it says.
    """

    dispatcher: Dispatcher
    invites: Callable[[str, str, str], bool]
    listening: Listening
    dialogues: Dialogues


def chat_core(  # noqa: PLR0913 - all that may be another one in a test.
    *,
    routers: Iterable[Router],
    forms: Iterable[type[Form]],
    database: Database,
    directory: Directory,
    access: Access,
    policy: Policy,
    codes: Codes,
    sent: Sent,
    download: Callable[[str], bytes],
    home: str,
    clock: Clock,
    dependencies: Mapping[str, object],
) -> Core:
    """The core for these behaviours. `home` is the administrators' channel, `dependencies` what handlers ask for.

    Raises ValueError where the behaviours contradict each other, or ask for what there is not.
    """
    bus = Bus(routers)
    contexts = Contexts(access, directory, clock)
    listening = Listening(database)
    proposals = Proposals(
        bus, policy=policy, access=access, contexts=contexts, listening=listening, home=home
    )
    confirmation = Confirmation(
        proposals, codes, shown=lambda session, key: sent.message_id(session, key) is not None
    )
    dialogues = Dialogues(
        bus,
        forms,
        Attachments(download),
        directory.channel_name,
        listening=listening,
        finish=proposals.decide,
    )
    grammar = Grammar(bus.commands)
    bus.provide(
        {
            **dependencies,
            "access": access,
            "codes": codes,
            "commands": Commands(bus, lambda: database.changes),
            "confirmation": confirmation,
            "contexts": contexts,
            "dialogues": dialogues,
            "directory": directory,
            "proposals": proposals,
            "sent": sent,
        }
    )
    running = Running(
        bus=bus, grammar=grammar, access=access, proposals=proposals, known=known_to(bus, directory)
    )
    prose = Prose(bus, grammar, database)
    conversing = Conversing(
        running=running,
        grammar=grammar,
        dialogues=dialogues,
        confirmation=confirmation,
        listening=listening,
        prose=prose,
    )
    dispatcher = Dispatcher(
        bus=bus,
        contexts=contexts,
        conversing=conversing,
        confirmation=confirmation,
        key_of=sent.key_of,
        clock=clock,
    )
    return Core(dispatcher, prose.invites, listening, dialogues)
