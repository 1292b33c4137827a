"""Files of a post: a text that is too long becomes one, and every one is linked below the text."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from stuf_bot.acts import FilePart, Part, Post
from stuf_bot.chat import outside
from stuf_bot.chat.content import CONTENT_LENGTH, fit_content, mentions, plain

log = logging.getLogger(__name__)

Draw = Callable[[dict[str, Any]], bytes]
"""Draws a picture of a drawing's `of`."""

WHOLE = "message.md"
BEGINNING = "*(This is the beginning: `message.md` below has all of it.)*"
FOR = "For {people}."
REFUSED = (
    "*({name} could not be attached: {reason}. Ask an administrator of Zulip about the limit of uploads.)*"
)
UNDRAWN = "*({name} could not be drawn.)*"
_LINK_ROOM = 400
_LEAST_TEXT = 1_000
_NAME_LENGTH = 100
_MOST_PEOPLE = 50
_PLACEHOLDER = "/user_uploads/"


class Uploaded(BaseModel):
    """What became of one file: where it lies, or why Zulip did not take it, or that there is none."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    path: str = ""
    refused: str = ""
    undrawn: bool = False


_LIST: TypeAdapter[list[Uploaded]] = TypeAdapter(list[Uploaded], config=ConfigDict(hide_input_in_errors=True))


def dump(uploaded: Sequence[Uploaded]) -> str:
    """As text, for the row."""
    return _LIST.dump_json(list(uploaded)).decode()


def load(text: str) -> list[Uploaded]:
    """From text; empty where nothing was uploaded yet."""
    return _LIST.validate_json(text) if text else []


def fitted(post: Post) -> Post:
    """The same post, where its text and the links below it fit one message; else its beginning.

    Then the whole text is one more file, and whoever would be notified further down is named in the note.
    """
    content = plain(post.content)
    if len(content) <= _room(len(post.files)):
        return post.model_copy(update={"content": content})
    note = "\n\n".join([BEGINNING, *named(mentions(content))])
    files = (*post.files, FilePart(name=WHOLE, content=content.encode()))
    beginning = fit_content(content, _room(len(files)), note)
    return post.model_copy(update={"content": beginning, "files": files})


def linked(post: Post, uploaded: Sequence[Uploaded]) -> str:
    """The text with a line for each file. What is not uploaded yet is linked to nowhere in particular."""
    known = [*uploaded, *([Uploaded(path=_PLACEHOLDER)] * (len(post.files) - len(uploaded)))]
    lines = [_line(file, one) for file, one in zip(post.files, known, strict=False)]
    return fit_content("\n\n".join([post.content, "\n".join(lines)]) if lines else post.content)


def named(people: Sequence[str]) -> list[str]:
    """A line that names those who have to be notified, or none."""
    more = [f"{len(people) - _MOST_PEOPLE} more"] if len(people) > _MOST_PEOPLE else []
    return [FOR.format(people=", ".join([*people[:_MOST_PEOPLE], *more]))] if people else []


def upload_name(name: str) -> str:
    """A name for the upload itself: plain letters, digits, dots and dashes; the ending is kept."""
    kept = "".join(mark if mark.isascii() and (mark.isalnum() or mark in "._-") else "-" for mark in name)
    return kept.strip("-.")[-_NAME_LENGTH:] or "file"


def content_of(part: Part, draws: Mapping[str, Draw]) -> bytes | None:
    """The bytes of a file, or of a picture, drawn here and now; None where that cannot be drawn."""
    if isinstance(part, FilePart):
        return part.content
    try:
        return draws[part.draw](part.of)
    except Exception:
        # The text is worth more than its picture, whatever is wrong with that.
        log.exception("a picture of %s could not be drawn", part.draw)
        return None


def _line(part: Part, uploaded: Uploaded) -> str:
    name = outside.file_name(part.name)
    if uploaded.undrawn:
        return UNDRAWN.format(name=name)
    if uploaded.refused:
        return REFUSED.format(name=name, reason=outside.inline(uploaded.refused))
    return f"[{name}]({uploaded.path})"


def _room(files: int) -> int:
    return max(_LEAST_TEXT, CONTENT_LENGTH - files * _LINK_ROOM)
