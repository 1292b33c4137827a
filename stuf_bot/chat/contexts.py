"""Who speaks, with which authority, where: made anew for every act."""

from dataclasses import replace

from sqlalchemy.orm import Session

from stuf_bot.access import Access
from stuf_bot.chat.directory import Directory
from stuf_bot.clock import Clock
from stuf_bot.context import Context
from stuf_bot.places import Direct, Topic


class Contexts:
    """Makes contexts from what the realm says now."""

    def __init__(self, access: Access, directory: Directory, clock: Clock) -> None:
        self._access = access
        self._directory = directory
        self._clock = clock

    def of(  # noqa: PLR0913 - who, where, and what it follows from.
        self,
        session: Session,
        user_id: int,
        place: Topic | Direct,
        *,
        message_id: int,
        cause: str,
        channel_name: str | None = None,
    ) -> Context | None:
        """The person's context; None for bots, guests, deactivated and unknown accounts."""
        roles = self._access.roles(user_id)
        person = self._directory.person(user_id)
        if not roles or person is None:
            return None
        return Context(
            session=session,
            now=self._clock(),
            person=person,
            roles=roles,
            place=place,
            message_id=message_id,
            bot=self._directory.me,
            channel_name=channel_name or self._channel_name(place),
            cause=cause,
        )

    def moved(self, ctx: Context, place: Topic | Direct) -> Context:
        """The same person, in another place."""
        if place == ctx.place:
            return ctx
        return replace(ctx, place=place, channel_name=self._channel_name(place))

    def topic(self, channel: str, topic: str) -> Topic:
        """A topic as messages in it are heard: by its channel's id, where there is one with this name."""
        return Topic(channel=self._directory.channel_id(channel) or channel, topic=topic)

    def _channel_name(self, place: Topic | Direct) -> str | None:
        if isinstance(place, Direct):
            return None
        return (
            self._directory.channel_name(place.channel) if isinstance(place.channel, int) else place.channel
        )
