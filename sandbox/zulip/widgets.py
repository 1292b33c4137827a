"""Widgets: buttons (`zform`), and what `/poll` and `/todo` make."""

import json
from typing import Any

from sandbox.zulip.errors import Json, Refused


def check_widget(text: str) -> Json:
    """Read `widget_content`. Raises Refused as Zulip does."""
    try:
        widget = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused("Widgets: API programmer sent invalid JSON content") from error
    _demand(isinstance(widget, dict), "widget_content is not a dict")
    for key in ("widget_type", "extra_data"):
        _demand(key in widget, f"{key} is not in widget_content")
    _demand(widget["widget_type"] == "zform", f"unknown widget type: {widget['widget_type']}")
    extra = widget["extra_data"]
    _demand(isinstance(extra, dict), "extra_data is not a dict")
    _demand("type" in extra, "zform is missing type field")
    _demand(extra["type"] == "choices", f"unknown zform type: {extra['type']}")
    _demand("heading" in extra, "heading key is missing from extra_data")
    _demand(isinstance(extra["heading"], str), 'extra_data["heading"] is not a string')
    _demand(isinstance(extra.get("choices"), list), 'extra_data["choices"] is not a list')
    for index, choice in enumerate(extra["choices"]):
        _check_choice(choice, f'extra_data["choices"][{index}]')
    return dict(widget)


def _demand(holds: bool, problem: str) -> None:  # noqa: FBT001 (reads as an assertion)
    if not holds:
        raise Refused(f"Widgets: {problem}")


def _check_choice(choice: Any, place: str) -> None:
    _demand(isinstance(choice, dict), f"{place} is not a dict")
    for key in ("type", "short_name", "long_name", "reply"):
        _demand(key in choice, f"{key} key is missing from {place}")
        _demand(isinstance(choice[key], str), f'{place}["{key}"] is not a string')


def widget_of_command(content: str) -> Json | None:
    """The widget that a message makes by starting with `/poll` or `/todo`, or None."""
    command, _, rest = content.partition("\n")
    word, _, title = command.partition(" ")
    lines = [line.strip() for line in rest.splitlines() if line.strip()]
    if word == "/poll":
        options = [line.removeprefix("*").removeprefix("-").strip() for line in lines]
        return {"widget_type": "poll", "extra_data": {"question": title.strip(), "options": options}}
    if word == "/todo":
        tasks = []
        for line in lines:
            task, _, text = line.partition(":")
            tasks.append({"task": task.strip(), "desc": text.strip()})
        extra = {"task_list_title": title.strip() or "Task list", "tasks": tasks}
        return {"widget_type": "todo", "extra_data": extra}
    return None
