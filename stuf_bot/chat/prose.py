"""What is said in a topic that is about an outside object: it may be meant for those who look at the object there."""

from sqlalchemy.orm import Session

from stuf_bot.bus import Bus
from stuf_bot.chat.grammar import Grammar
from stuf_bot.places import Direct, Topic
from stuf_bot.store.database import Database


class Prose:
    """Asks the behaviour that is registered under ('prose', 'topic'), if there is one.

    It takes (session, channel name, topic) and gives the words of the command that something said there
    stands for, or an empty text.
    """

    def __init__(self, bus: Bus, grammar: Grammar, database: Database) -> None:
        self._bus = bus
        self._grammar = grammar
        self._database = database

    def command(self, text: str, session: Session, channel: str | None, place: Topic | Direct) -> str:
        """The one command that all of `text` is, said here; empty where it is to be read line by line."""
        if self._grammar.takes_whole(text):
            return text
        first = text.partition("\n")[0]
        words = self._meant(session, channel, place) if self._grammar.is_prose(first) else ""
        return f"{words} {text}" if words else ""

    def is_asked(self, text: str, session: Session, channel: str | None, place: Topic | Direct) -> bool:
        """Whether `text` is meant for the bot here, though it does not mention it: it begins with those words."""
        words = self._grammar.takes_whole(text)
        return bool(words) and words == self._meant(session, channel, place)

    def invites(self, channel: str, topic: str, content: str) -> bool:
        """The same of a message that is not stored yet; most need no look at the database."""
        if not self._grammar.takes_whole(content):
            return False
        with self._database.reading() as session:
            return self.is_asked(content, session, channel, Topic(channel=channel, topic=topic))

    def _meant(self, session: Session, channel: str | None, place: Topic | Direct) -> str:
        if channel is None or not isinstance(place, Topic):
            return ""
        try:
            meant = self._bus.named_handler("prose", "topic")
        except KeyError:
            return ""
        return str(meant(session, channel, place.topic))
