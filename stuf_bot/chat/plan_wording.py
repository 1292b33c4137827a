"""What is said about plans and those who confirm them."""

from stuf_bot.acts import Choice
from stuf_bot.places import Person, silent_mention
from stuf_bot.policy import Way

APPROVALS = "approvals"
"""The topic in which plans wait for a second person, when they were asked for in a direct message."""

CHANGED = "What the plan was made from has changed meanwhile, so nothing was done. This is the new plan."
CANCELLED = "Cancelled: the plan to {title}. Nothing was changed."
OVER = "That plan was good for 15 minutes and is over, so nothing was done. Ask again for a new one."
ASK_CODE = "Your one-time code, please: type the six digits that your authenticator app shows for *STUF Bot*, to {title}."
CODE_ASKED = "I have asked you for your one-time code in a direct message."
CODE_IN_CHANNEL = "Codes belong into a direct message. Write the next code there, where I asked for it."
WHICH = "You have several plans open. Type `confirm` in the conversation that shows the one you mean."
WHICH_APPROVAL = "Several plans wait here. Say which one: {commands}."
NEEDS_BARE_WORD = "I took that for a sentence, so nothing was started."
NOTHING = "There is no plan here that waits for your word."
NO_SUCH_PLAN = "No plan with this name waits for approval."
NOTHING_TO_CANCEL = "There is nothing of yours to cancel here."
UP_FOR_APPROVAL = (
    "This needs a second person, so I have shown the plan in {where} (`{plan}`). I start when "
    "somebody else who may do this approves it there, within 15 minutes. `approvals` lists what waits."
)


def how(way: Way, plan_id: str, word: str, asker: Person) -> str:
    """The end of a shown plan: who answers it, and with what."""
    who = asker.silent_mention
    good = "The plan is good for 15 minutes, once"
    if way is Way.TYPED:
        return f"{who}: type `confirm {word}` to start; `cancel` leaves everything as it is. {good}, for you alone."
    if way is Way.TWO_PEOPLE:
        return (
            f"Asked for by {who}. **Somebody else** who may do this starts it: with 👍 on this message, or by "
            f"`approve {plan_id}`. {who} can withdraw it by `cancel`. {good}."
        )
    code = " I then ask for your one-time code in a direct message." if way is Way.CODE else ""
    return (
        f"{who}: type `confirm`, or react with 👍 to this message, to start.{code} "
        f"`cancel` leaves everything as it is. {good}, for you alone."
    )


def buttons(way: Way, plan_id: str) -> tuple[str, tuple[Choice, ...]]:
    """The question below a plan, with its buttons."""
    cancel = Choice(label="cancel", reply="cancel")
    if way is Way.TWO_PEOPLE:
        approve = Choice(label="approve", reply=f"approve {plan_id}")
        return f"A second person: `approve {plan_id}`", (approve,)
    if way is Way.TYPED:
        return "`cancel` withdraws the plan", (cancel,)
    return "Start it? `confirm` or `cancel`", (Choice(label="confirm", reply="confirm"), cancel)


def expired(title: str) -> str:
    """Nobody answered in time."""
    return (
        f"The plan to {title} is no longer good: nobody confirmed it within 15 minutes. Nothing was changed. "
        "Ask again for a new one."
    )


def nobody_answered(title: str) -> str:
    """The same for the asker, where the plan was shown elsewhere."""
    return f"Nobody approved the plan to {title} within 15 minutes, so nothing was changed. Ask again for a new one."


def not_yours(asker_id: int) -> str:
    """Somebody else's plan."""
    return (
        f"Only {silent_mention(asker_id)}, who asked, can confirm this plan. Nothing was started. "
        "To have a plan of your own, ask for it yourself."
    )


def needs_typing(word: str) -> str:
    """A thumb, a bare word or another slug is not enough."""
    return (
        f"This is confirmed by typing the name, so that nothing happens by accident. Type `confirm {word}`."
    )


def needs_second(plan_id: str) -> str:
    """The asker cannot be the second person."""
    return (
        f"This needs a second person: somebody else who may do this reacts with 👍 or types `approve {plan_id}`. "
        "`cancel` withdraws it."
    )


def approved(title: str, by: Person) -> str:
    """For the place where the plan was shown."""
    return f"{by.silent_mention} approved the plan to {title}."


def asker_gone(asker_id: int) -> str:
    """Who asked has no account any more that may do anything."""
    return f"{silent_mention(asker_id)}, who asked for this, can no longer use STUF Bot, so nothing was done. Ask for it yourself."
