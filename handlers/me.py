"""`me`: whose account at GitHub or Sentry it is."""

from typing import Annotated, Literal

from pydantic import Field

from stuf_bot import audit
from stuf_bot.access import Role
from stuf_bot.acts import Act
from stuf_bot.audit import Tag
from stuf_bot.bus import Router
from stuf_bot.chat.arguments import Argument, FormerPersonArg
from stuf_bot.chat.format import listing
from stuf_bot.chat.outside import inline
from stuf_bot.chat.plans import Plan
from stuf_bot.context import Context
from stuf_bot.errors import Refusal
from stuf_bot.messages import Command, Effect
from stuf_bot.places import Person, silent_mention
from stuf_bot.relays import People
from stuf_bot.relays.people import SERVICES, is_account

router = Router()

NAMES = {"github": "GitHub", "sentry": "Sentry"}
SHOWN = """Your accounts elsewhere, so that I name you where you acted, and call you where you are asked to act:
{accounts}
Type {set} to say which one is yours, {none} to take it back."""
IS = "{service}: {account}"
NONE = "{service}: I know of none"
MISSING = "**account** is missing: say which account at {service} it is, or `none`."
NO_ACCOUNT = {
    "github": "**account** must be a user name at GitHub, such as `octo`.",
    "sentry": "**account** must be a user name or the number of a user at Sentry, such as `tess`. An e-mail "
    "address is personal, and I do not take it.",
}
TAKEN = (
    "**account**: {account} at {service} is somebody else's here. Ask an administrator, who can change that."
)
TAKEN_BY = "**account**: {account} at {service} is {who}'s here. First take it from them."
NOT_YOURS = (
    "**person**: what somebody else's account is, administrators say. Leave the person out to say yours."
)
PLAN = "**Plan: {whose} account at {service}**\nIt would be {account}."
SET = "Done: {account} at {service} is {whose}. I mention {them} aloud only where {they} asked to act."
TOOK = "Done: I know of no account at {service} that is {whose}."
HAD_NONE = "I knew of no account at {service} that is {whose}."
PROFILE = " The profile in Zulip names {account}, though; that is changed in Zulip's own settings."

AccountArg = Annotated[str, Argument("ACCOUNT", "the account's user name, or `none`")]


class Me(
    Command,
    words="me",
    effect=Effect.CHANGES,
    tag=Tag.ACCOUNTS_ASKED,
    examples=("me", "me github octo", "me sentry tess", "me github none"),
):
    """Show or say which accounts at GitHub and Sentry are yours.

    A profile field of Zulip can say it as well, where administrators have set one up. An account belongs to one
    person; administrators can say it for somebody else: `me github octo @**Tess Architect**`.
    """

    service: Literal["github", "sentry"] | None = None
    account: AccountArg | None = None
    person: Annotated[
        FormerPersonArg | None, Field(title="person", description="for administrators: whose it is")
    ] = None


@router.plan
def plan(asked: Me, ctx: Context, *, people: People) -> Plan:
    """What would hold. Raises Refusal."""
    if asked.service is None:
        return Plan(title="show your accounts", text="**Plan: show your accounts**", effect=Effect.READS)
    _check(asked, asked.service, ctx, people)
    text = PLAN.format(
        whose=_person(asked, ctx).silent_mention,
        service=NAMES[asked.service],
        account=inline(asked.account or ""),
    )
    return Plan(title="change whose account it is", text=text, effect=Effect.CHANGES)


@router.do
def do(asked: Me, ctx: Context, *, people: People) -> list[Act]:
    """Show them, or keep what was said."""
    if asked.service is None:
        return [ctx.reply(_shown(ctx, people))]
    account = _check(asked, asked.service, ctx, people)
    person = _person(asked, ctx)
    own = person.user_id == ctx.person.user_id
    whose = "yours" if own else f"{person.silent_mention}'s"
    if account is None:
        had = people.release(ctx.session, asked.service, person.user_id)
        left = people.account(ctx.session, asked.service, person.user_id)
        text = (TOOK if had else HAD_NONE).format(service=NAMES[asked.service], whose=whose)
        text += PROFILE.format(account=inline(left)) if left else ""
    else:
        now, by = ctx.now, ctx.person.user_id
        people.claim(ctx.session, asked.service, account, person.user_id, set_by=by, now=now)
        them, they = ("you", "you are") if own else ("them", "they are")
        text = SET.format(
            account=inline(account), service=NAMES[asked.service], whose=whose, them=them, they=they
        )
    _note(asked.service, person, ctx, taken=account is None)
    return [ctx.reply(text)]


def _shown(ctx: Context, people: People) -> str:
    known = {name: people.account(ctx.session, name, ctx.person.user_id) for name in SERVICES}
    lines = [
        IS.format(service=NAMES[name], account=inline(account))
        if account
        else NONE.format(service=NAMES[name])
        for name, account in known.items()
    ]
    return SHOWN.format(
        accounts=listing(lines), set=ctx.type_this("me github octo"), none=ctx.type_this("me github none")
    )


def _check(asked: Me, service: str, ctx: Context, people: People) -> str | None:
    """The account, None where there is to be none. Raises Refusal."""
    following = f"me {service} none"
    if asked.account is None:
        raise Refusal("bad-arguments", MISSING.format(service=NAMES[service]), "help me")
    administrator = Role.ADMINISTRATOR in ctx.roles
    if _person(asked, ctx).user_id != ctx.person.user_id and not administrator:
        raise Refusal("not-allowed", NOT_YOURS, "me")
    account = asked.account.strip().removeprefix("@")
    if account.casefold() == "none":
        return None
    if not is_account(service, account):
        raise Refusal("bad-arguments", NO_ACCOUNT[service], following)
    owner, person = people.owner(ctx.session, service, account), _person(asked, ctx).user_id
    if owner not in {None, person}:
        raise _taken(owner or 0, service, account, administrator=administrator)
    # What a profile names is that person's too. Two that name the same settle it with an administrator.
    others = set(people.named_by(ctx.session, service, account)) - {person}
    if owner is None and others and not administrator:
        raise _taken(min(others), service, account, administrator=False)
    return account


def _taken(owner: int, service: str, account: str, *, administrator: bool) -> Refusal:
    named = {"account": inline(account), "service": NAMES[service]}
    if administrator:
        following = f"me {service} none @**|{owner}**"
        return Refusal("account-taken", TAKEN_BY.format(who=silent_mention(owner), **named), following)
    return Refusal("account-taken", TAKEN.format(**named), "me")


def _person(asked: Me, ctx: Context) -> Person:
    return asked.person or ctx.person


def _note(service: str, person: Person, ctx: Context, *, taken: bool) -> None:
    audit.record(
        ctx.session,
        at=ctx.now,
        tag=Tag.ACCOUNT_CHANGED,
        actor_id=ctx.person.user_id,
        outcome="done",
        cause=ctx.cause,
        correlation=ctx.cause,
        details={"service": service, "person": person.user_id, "change": "none" if taken else "set"},
    )
