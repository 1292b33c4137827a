"""`code`: one-time codes by an authenticator app; enrolling, the first code, and what to do without the device."""

import io
import re
from datetime import datetime, timedelta
from typing import Annotated

import segno
from pydantic import AfterValidator, Field, SecretStr

from stuf_bot.access import Access, Role
from stuf_bot.acts import Act, Edit, FilePart, Post
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import Rest
from stuf_bot.chat.directory import Directory
from stuf_bot.chat.format import moment, spoiler
from stuf_bot.codes import PENDING_FOR, Codes, Enrolled
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command, Effect

router = Router()

ENROL = (
    "**One-time codes**: take this picture with an authenticator app on your phone (any that knows TOTP), then send "
    "me the six digits that it shows, until {until}. Show the picture to nobody: who has it has your codes."
)
ENROLLED = (
    "You are enrolled. Where a plan needs a one-time code I ask you for it here. "
    "If you lose the device, ask {administrators} for `code reset` with your name."
)
KEY_TAKEN_OUT = "The key for your one-time codes was here. It is in your authenticator app now."
KEY_STAYS = (
    "\n\nI cannot edit the message with the picture any more, and who sees it has your codes. "
    "Ask an administrator of this Zulip to delete it."
)
WAITS = (
    "Your enrolment waits for its first code: send me the six digits that your app shows, until {until}. "
    "`code enrol` sends a new picture."
)
_GROUP = 4
_SCALE = 6


def _six_digits(value: SecretStr) -> SecretStr:
    digits = "".join(value.get_secret_value().split())
    if not re.fullmatch(r"[0-9]{6}", digits):
        raise ValueError("must be six digits, as your app shows them, for example 123456")
    return SecretStr(digits)


class Code(Command, words="code", personal=True, tag=Tag.CODE_SHOWN, examples=("code",)):
    """Show whether you are enrolled for one-time codes."""


class Enrol(
    Command,
    words="code enrol",
    aliases=("code enroll",),
    effect=Effect.CHANGES,
    personal=True,
    tag=Tag.CODE_ENROLLED,
    examples=("code enrol",),
):
    """Enrol for one-time codes with an authenticator app.

    Some plans are confirmed by a one-time code, where the configuration says so.
    """


class Verify(
    Command,
    words="code verify",
    effect=Effect.CHANGES,
    personal=True,
    tag=Tag.CODE_VERIFIED,
    examples=("code verify 123456",),
):
    """Send the first code of your app, which finishes the enrolment (the six digits alone do the same)."""

    code: Annotated[
        SecretStr,
        Rest(),
        AfterValidator(_six_digits),
        Field(title="code", description="the six digits that your app shows"),
    ]


@router.command
def show(asked: Code, ctx: Context, *, codes: Codes, access: Access) -> list[Act]:
    """Where this person stands."""
    del asked
    standing = codes.standing(ctx.session, ctx.person.user_id, ctx.now)
    if standing.since is None or standing.enrolled is Enrolled.NO:
        return [ctx.reply("You are not enrolled for one-time codes. Type `code enrol` to begin.")]
    if standing.enrolled is Enrolled.PENDING:
        return [ctx.reply(WAITS.format(until=moment(standing.since + PENDING_FOR)))]
    locked = f" I take none until {moment(standing.locked_until)}." if standing.locked_until else ""
    lost = f"If you have lost the device, ask {_administrators(access)} for `code reset` with your name."
    return [ctx.reply(f"You are enrolled for one-time codes, since {moment(standing.since)}.{locked} {lost}")]


@router.command
def enrol(asked: Enrol, ctx: Context, *, codes: Codes) -> list[Act]:
    """A new secret as a picture, to this person alone."""
    del asked
    enrolment = codes.enrol(ctx.session, ctx.person, ctx.now)
    text = ENROL.format(until=moment(ctx.now + PENDING_FOR))
    secret = enrolment.secret
    groups = " ".join(secret[at : at + _GROUP] for at in range(0, len(secret), _GROUP))
    typed = spoiler("The same as a key to type", f"`{groups}`")
    picture = FilePart(name="one-time-codes.png", content=_picture(enrolment.uri))
    return [
        Post(
            to=ctx.direct,
            content=f"{text}\n\n{typed}",
            key=_key(ctx.person.user_id, ctx.now),
            files=(picture,),
        )
    ]


@router.command
def verify(asked: Verify, ctx: Context, *, codes: Codes, access: Access, directory: Directory) -> list[Act]:
    """The first right code; the message that holds the key is emptied."""
    user_id = ctx.person.user_id
    standing = codes.standing(ctx.session, user_id, ctx.now)
    if standing.enrolled is Enrolled.ACTIVE:
        raise Refusal(
            "no-code-asked", "You are enrolled, and no plan waits for a code of yours.", "approvals"
        )
    begun = standing.since or ctx.now
    codes.confirm(ctx.session, user_id, asked.code.get_secret_value(), ctx.now)
    limit = directory.edit_limit_seconds
    stays = limit is not None and ctx.now - begun >= timedelta(seconds=limit)
    text = ENROLLED.format(administrators=_administrators(access)) + (KEY_STAYS if stays else "")
    return [Edit(key=_key(user_id, begun), content=KEY_TAKEN_OUT, needed=False), ctx.reply(text)]


def _administrators(access: Access) -> str:
    return access.granted_by(Role.ADMINISTRATOR)


def _key(user_id: int, begun: datetime) -> str:
    """Names the message with the picture, so that it can be emptied."""
    return f"code:{user_id}:{begun.isoformat()}"


def _picture(uri: str) -> bytes:
    picture = io.BytesIO()
    segno.make(uri, error="m").save(picture, kind="png", scale=_SCALE)
    return picture.getvalue()


@router.on("sense", "code")
def sense_code(ctx: Context, *, codes: Codes) -> bool:
    """Where there are codes at all."""
    return codes.set_up or _enrolled(codes, ctx) is not Enrolled.NO


@router.on("sense", "code enrol")
def sense_enrol(ctx: Context, *, codes: Codes) -> bool:
    """While this person is not enrolled."""
    return codes.set_up and _enrolled(codes, ctx) is not Enrolled.ACTIVE


@router.on("sense", "code verify")
def sense_verify(ctx: Context, *, codes: Codes) -> bool:
    """While a first code is awaited."""
    return _enrolled(codes, ctx) is Enrolled.PENDING


def _enrolled(codes: Codes, ctx: Context) -> Enrolled:
    return codes.standing(ctx.session, ctx.person.user_id, ctx.now).enrolled
