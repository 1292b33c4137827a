"""Who asked for a change in Sentry, where, and by which words: it travels with the errand, to be answered there."""

from pydantic import BaseModel, ConfigDict

from stuf_bot.chat.outside import inline
from stuf_bot.context import Context
from stuf_bot.places import Place


class Asked(BaseModel):
    """`message` is what to react to once it is done, 0 where a mark of a topic asked for it.

    `typed` is what to type to ask again, as one types it there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    person: int
    message: int
    place: Place
    typed: str

    @property
    def mention(self) -> str:
        """Names who asked, aloud: what they asked for did not happen."""
        return f"@**|{self.person}**"

    @property
    def again(self) -> str:
        """What to type, as Markdown."""
        return inline(self.typed, 300)


def asked_by(ctx: Context, command: str) -> Asked:
    """The asker of this moment. `command` holds nothing personal."""
    return Asked(person=ctx.person.user_id, message=ctx.message_id, place=ctx.place, typed=ctx.typed(command))
