"""Which function answers which request, in one view."""

import re
from collections.abc import Callable
from typing import Any

from sandbox.zulip import (
    channels,
    editing,
    events,
    groups,
    reactions,
    reading,
    register,
    sending,
    settings,
    signals,
    subscribing,
    uploads,
    users,
)

Handler = Callable[..., Any]

_ROUTES: list[tuple[str, dict[str, Handler]]] = [
    ("messages", {"GET": reading.history, "POST": sending.send}),
    ("events", {"GET": events.fetch, "DELETE": events.delete}),
    ("register", {"POST": register.register}),
    ("messages/(id)", {"GET": reading.one, "PATCH": editing.edit, "DELETE": editing.delete}),
    ("messages/(id)/reactions", {"POST": reactions.add, "DELETE": reactions.remove}),
    ("messages/(id)/history", {"GET": editing.history}),
    ("messages/flags", {"POST": signals.flags}),
    ("messages/flags/narrow", {"POST": signals.flags_of_narrow}),
    ("messages/render", {"POST": reading.rendered}),
    ("messages/matches_narrow", {"GET": reading.matches_narrow}),
    ("users", {"GET": users.listing}),
    ("users/me", {"GET": users.me}),
    (
        "users/me/subscriptions",
        {
            "GET": channels.subscriptions,
            "POST": subscribing.subscribe,
            "DELETE": subscribing.unsubscribe,
        },
    ),
    ("users/me/(id)/topics", {"GET": channels.topics}),
    ("users/me/muted_users/(id)", {"POST": signals.mute_user, "DELETE": signals.mute_user}),
    ("users/(id)", {"GET": users.by_id, "PATCH": users.change, "DELETE": users.deactivate}),
    ("users/(id)/presence", {"GET": users.presence}),
    ("users/me/presence", {"POST": signals.presence}),
    ("users/(id)/subscriptions/(id)", {"GET": channels.is_subscribed}),
    ("users/(id)/status", {"GET": users.status}),
    ("users/(id)/reactivate", {"POST": users.reactivate}),
    ("users/(text)", {"GET": users.by_email}),
    ("bots", {"GET": users.bots, "POST": users.create_bot}),
    ("bots/(id)", {"DELETE": users.deactivate}),
    ("bots/(id)/api_key/regenerate", {"POST": users.regenerate_key}),
    ("streams", {"GET": channels.listing}),
    ("streams/(id)", {"GET": channels.one, "PATCH": channels.change, "DELETE": channels.archive}),
    ("streams/(id)/members", {"GET": channels.members}),
    ("get_stream_id", {"GET": channels.id_of}),
    ("user_groups", {"GET": groups.listing}),
    ("user_groups/create", {"POST": groups.create}),
    ("user_groups/(id)", {"PATCH": groups.change, "DELETE": groups.delete}),
    ("user_groups/(id)/members", {"GET": groups.members, "POST": groups.change_members}),
    ("user_groups/(id)/subgroups", {"POST": groups.change_subgroups}),
    ("user_groups/(id)/members/(id)", {"GET": groups.is_member}),
    ("user_uploads", {"POST": uploads.take}),
    ("user_uploads/(path)", {"GET": uploads.temporary}),
    ("attachments", {"GET": uploads.attachments}),
    ("typing", {"POST": signals.typing}),
    ("submessage", {"POST": signals.submessage}),
    (
        "bot_storage",
        {
            "GET": signals.storage,
            "PUT": signals.change_storage,
            "DELETE": signals.clear_storage,
        },
    ),
    ("realm", {"PATCH": settings.change_realm}),
]
_PATTERNS = {"(id)": r"(\d{1,15})", "(text)": "([^/]+)", "(path)": "(.+)"}


def _compile(path: str) -> re.Pattern[str]:
    for mark, pattern in _PATTERNS.items():
        path = path.replace(mark, pattern)
    return re.compile(path)


_PLAIN = {path: methods for path, methods in _ROUTES if "(" not in path}
_MATCHED = [(_compile(path), methods) for path, methods in _ROUTES if "(" in path]


def find(path: str) -> tuple[dict[str, Handler], list[int | str]] | None:
    """Handlers by method and the arguments in the path, or None where nothing is there."""
    if path in _PLAIN:
        return _PLAIN[path], []
    for pattern, methods in _MATCHED:
        if found := pattern.fullmatch(path):
            return methods, [int(part) if part.isdecimal() else part for part in found.groups()]
    return None
