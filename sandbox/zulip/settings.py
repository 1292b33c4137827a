"""PATCH /realm: the settings that act here."""

from typing import Any

from sandbox.zulip.call import Call
from sandbox.zulip.errors import Json, Refused, missing
from sandbox.zulip.server import SETTABLE

# Changes of these come in an event of another form, for reasons of Zulip's history.
_TOLD_AS_DICT = {"allow_message_editing", "edit_topic_policy", "message_content_edit_limit_seconds"}


def change_realm(call: Call) -> Json:
    """PATCH /realm: the settings that act here. `"unlimited"` lifts a time limit."""
    if not call.user.is_admin:
        raise Refused("Must be an organization administrator", code="UNAUTHORIZED_PRINCIPAL")
    changed: Json = {}
    for name, kind in SETTABLE.items():
        if call.arguments.text(name) is None:
            continue
        value: Any = call.arguments.text(name) if kind is str else call.arguments.json(name)
        if value == "unlimited" and name.endswith("_seconds"):
            value = None
        elif not isinstance(value, kind):
            raise Refused(f"{name} is not a {kind.__name__}")
        call.world.remember(f"realm:{name}", value)
        changed[name] = value
        event: Json = {"type": "realm", "op": "update", "property": name, "value": value}
        if name in _TOLD_AS_DICT:
            event = {"type": "realm", "op": "update_dict", "property": "default", "data": {name: value}}
        call.world.queues.tell(call.world.active_ids(), event)
    if not changed:
        raise missing("name")
    return changed
