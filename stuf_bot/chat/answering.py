"""What is taken as the answers to a form: typed, suggested, or given at once."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from stuf_bot.bus import Bus
from stuf_bot.chat import forms, wording
from stuf_bot.chat.attachments import Attachments
from stuf_bot.chat.fields import normal_key
from stuf_bot.chat.forms import Form
from stuf_bot.context import Context

Check = Callable[[str, Any, Context], None]


class Answering:
    """Checks answers by the form's types, and by what only the bot's behaviours know ('check' on the bus)."""

    def __init__(self, bus: Bus, attachments: Attachments) -> None:
        self._bus = bus
        self._attachments = attachments

    def read(self, form: type[Form], name: str, text: str, ctx: Context) -> Any:
        """What was typed, or attached, as the answer. Raises ValueError with the reason."""
        value = forms.read_answer(form, name, self._attachments.take(text, forms.question(form, name).upload))
        self._check(form)(name, value, ctx)
        return value

    def skipped(
        self, form: type[Form], name: str, answers: dict[str, Any], ctx: Context, *, everything: bool
    ) -> dict[str, Any]:
        """The defaults of this field, or of all from here on. Raises ValueError where there is none."""
        taken: dict[str, Any] = {}
        following = [each for each in form.model_fields if each not in answers]
        for each in following if everything else [name]:
            found = self.default(form, each, answers | taken, ctx)
            if found is None or found.problem:
                if taken:
                    break
                raise ValueError("has no default, so it cannot be skipped.")
            taken[each] = found.value
        return taken

    def default(
        self, form: type[Form], name: str, answers: dict[str, Any], ctx: Context
    ) -> forms.Default | None:
        """What the field gets when it is skipped, if anything; a problem says why it cannot be taken."""
        found = forms.default(form, name, answers)
        try:
            if found is not None:
                self._check(form)(name, found.value, ctx)
        except ValueError as error:
            return replace(found, problem=str(error)) if found else None
        return found

    def completed(
        self, form: type[Form], answers: dict[str, Any], asks: Collection[str], ctx: Context
    ) -> dict[str, Any]:
        """The answers with defaults for what a block left out, up to the first field of `asks`."""
        whole = dict(answers)
        while (name := forms.next_field(form, whole)) and name not in asks:
            found = self.default(form, name, whole, ctx)
            if found is None or found.problem:
                break
            whole[name] = found.value
        return whole

    def sort_out(
        self, form: type[Form], given: Mapping[str, Any], ctx: Context
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Accepted answers, and a line for each mistake by the key that has it."""
        accepted: dict[str, Any] = {}
        problems: dict[str, str] = {}
        for key, raw in given.items():
            name = normal_key(key)
            if name not in form.model_fields:
                problems[key] = wording.unknown_field(form, key)
                continue
            mark = forms.question(form, name)
            if mark.private and not ctx.private:
                problems[key] = wording.personal_in_channel(form, name)
                continue
            try:
                value = forms.check_value(form, name, mark.read(raw) if isinstance(raw, str) else raw)
                self._check(form)(name, value, ctx)
                accepted[name] = value
            except ValueError as error:
                problems[key] = wording.mistake(form, name, str(error))
        return {name: accepted[name] for name in form.model_fields if name in accepted}, problems

    def _check(self, form: type[Form]) -> Check:
        check: Check = self._bus.named_handler("check", form.form)
        return check
