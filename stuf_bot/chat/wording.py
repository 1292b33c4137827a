"""What a dialogue says."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from stuf_bot.acts import Choice
from stuf_bot.chat.format import listing, moment
from stuf_bot.chat.forms import Default, Form, label, question
from stuf_bot.chat.outside import inline

AT_THE_START = "This is the first question; there is nothing to go back to."


def ask(form: type[Form], name: str, default: Default | None) -> tuple[str, tuple[Choice, ...]]:
    """The question, with what is expected, its default, and the words that steer."""
    mark = question(form, name)
    number = list(form.model_fields).index(name) + 1
    lines = [f"**{form.heading}** · {number} of {len(form.model_fields)}: {mark.ask}"]
    if mark.hint:
        lines.append(mark.hint)
    if mark.choices:
        lines.append("One of " + ", ".join(f"`{choice}`" for choice in mark.choices) + ".")
    steer = ["`cancel` to stop"]
    if number > 1:
        steer.insert(0, "`back` to correct the answer before")
    if default is not None and default.problem:
        lines.append(f"What I would suggest {default.problem}.")
        default = None
    if default is not None:
        value = default.value
        meaning = f"for {mark.show(value)}" if value not in {None, ""} else "to leave it out"
        steer.insert(0, f"`skip` {meaning}")
    lines.append("Type " + ", ".join(steer) + ".")
    buttons = [Choice(label=choice, reply=choice) for choice in mark.choices]
    if default is not None:
        buttons.append(Choice(label="skip", reply="skip"))
    return "\n".join(lines), tuple(buttons) if mark.choices else ()


def wrong_answer(form: type[Form], name: str, why: str) -> str:
    """The reason why an answer is not taken."""
    return f"**{label(form, name)}** {why.rstrip('.')}. Nothing is lost: type it again, or `cancel`."


def mistake(form: type[Form], name: str, why: str) -> str:
    """One line of a list of mistakes."""
    return f"**{label(form, name)}** {why.rstrip('.')}."


def unknown_field(form: type[Form], key: str) -> str:
    """A key that the form does not have."""
    known = ", ".join(f"`{name}`" for name in form.model_fields)
    return f"{inline(key)} is not a field here. The fields are {known}."


def personal_in_channel(form: type[Form], name: str) -> str:
    """Personal data came where others read along."""
    return (
        f"**{label(form, name)}** is personal data and was not taken, since others read this channel. "
        "Please delete your message (its ⋮ menu → *Delete message*); I ask for it in a direct message."
    )


def all_mistakes(problems: Sequence[str]) -> str:
    """Every mistake at once."""
    return (
        "Some of that is not right yet:\n"
        + listing(problems)
        + "\n\nEverything else is kept. I ask only for what is still needed."
    )


def asked_privately(form: type[Form], name: str) -> str:
    """Tells in the channel where the question went."""
    return (
        f"The next question (**{label(form, name)}**) is about personal data, so I have put it to you in a "
        "direct message. Answer there; then we go on here."
    )


def asked_elsewhere(form: type[Form], name: str, resume: str) -> str:
    """A private question cannot be put yet."""
    return (
        f"The next question (**{label(form, name)}**) is about personal data and belongs into a direct message, where "
        f"another form of yours asks something just now. Answer that first, or `cancel` it there; then type {resume} "
        "here."
    )


def for_form_in(where: str) -> str:
    """Which form a private question belongs to."""
    return f"For the form in {where}:\n"


def form_is_open(form: type[Form], word: str) -> str:
    """A command was typed in the middle of a form."""
    return f"I am asking you for **{form.heading}** here, so I have not run `{word}`. Type `cancel` first, or answer:"


def expired(form: type[Form]) -> str:
    """A dialogue was begun a day ago and was not finished."""
    return (
        f"**{form.heading}** was begun a day ago and is not finished, so I have forgotten the answers. "
        f"Nothing was created. Type `{form.form}` to begin again."
    )


def described(form: type[Form], answers: Mapping[str, object], where: str, since: datetime) -> str:
    """One open dialogue in a list of them."""
    done, all_of = len(answers), len(form.model_fields)
    return f"**{form.heading}** in {where}, {done} of {all_of} answered, begun {moment(since)}"


def still_open(form: type[Form]) -> str:
    """A form was to be begun where one is open."""
    return (
        f"**{form.heading}** is still open here, and nothing of it is lost. `resume` goes on with it, `cancel` "
        "forgets it; then begin anew."
    )


def on_we_go(where: str) -> str:
    """After a private answer, while the next question is asked in a channel."""
    return f"Thank you, noted. We go on in {where}."


def cancelled(form: type[Form]) -> str:
    """A dialogue was left."""
    return f"Cancelled: **{form.heading}**. Nothing was created, and your answers are forgotten."
