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
    problem = _problem(widget)
    if problem:
        raise Refused(f"Widgets: {problem}")
    return dict(widget)


def _problem(widget: Any) -> str | None:
    if not isinstance(widget, dict):
        return "widget_content is not a dict"
    for key in ("widget_type", "extra_data"):
        if key not in widget:
            return f"{key} is not in widget_content"
    if widget["widget_type"] != "zform":
        return f"unknown widget type: {widget['widget_type']}"
    extra = widget["extra_data"]
    if not isinstance(extra, dict):
        return "extra_data is not a dict"
    if "type" not in extra:
        return "zform is missing type field"
    if extra["type"] != "choices":
        return f"unknown zform type: {extra['type']}"
    return _choices_problem(extra)


def _choices_problem(extra: Json) -> str | None:
    if "heading" not in extra:
        return 'heading key is missing from extra_data'
    if not isinstance(extra["heading"], str):
        return 'extra_data["heading"] is not a string'
    choices = extra.get("choices")
    if not isinstance(choices, list):
        return 'extra_data["choices"] is not a list'
    for index, choice in enumerate(choices):
        place = f'extra_data["choices"][{index}]'
        if not isinstance(choice, dict):
            return f"{place} is not a dict"
        for key in ("type", "short_name", "long_name", "reply"):
            if key not in choice:
                return f"{key} key is missing from {place}"
            if not isinstance(choice[key], str):
                return f'{place}["{key}"] is not a string'
    return None


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
