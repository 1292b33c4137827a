"""What relays come to under the rules that were typed."""

from talk import Talk

from stuf_bot.acts import Act
from stuf_bot.places import Topic
from stuf_bot.relays import Relay, Relays, book

HERE = Topic(channel="stuf-acme-audit", topic="#12 Make it quicker")


def told(talk: Talk, relay: Relay) -> list[Act]:
    """What is said of a relay under the rules that were typed."""
    relays = Relays(lambda _session, slug: f"stuf-{slug}", "stuf-admin")
    with talk.database.session() as session:
        return relays.say(session, relay, talk.now)


def rules(talk: Talk, scope: str = "acme-audit") -> list[str]:
    with talk.database.reading() as session:
        return [f"{rule.name}. {rule.typed()}" for rule in book.own_rules(session, scope, talk.now)]
