"""Which groups may be given which right, as `register` tells clients."""

from sandbox.zulip.errors import Json

_OWNERS, _NOBODY, _EVERYONE = "allow_owners_group", "allow_nobody_group", "allow_everyone_group"


def _right(
    name: str, default: str, *allowed: str, system: bool = False, groups: tuple[str, ...] = ()
) -> Json:
    return {
        "require_system_group": system,
        "allow_internet_group": False,
        _OWNERS: _OWNERS in allowed,
        _NOBODY: _NOBODY in allowed,
        _EVERYONE: _EVERYONE in allowed,
        "default_group_name": default,
        "id_field_name": f"{name}_id",
        "default_for_system_groups": "role:nobody" if name == "can_mention_group" else None,
        "allowed_system_groups": list(groups),
    }


def permission_settings() -> Json:
    """The rights of a realm, a channel and a group."""
    admins, members, everyone = "role:administrators", "role:members", "role:everyone"
    anyone = (_OWNERS, _NOBODY, _EVERYONE)
    all_users = _right(
        "can_access_all_users_group", everyone, _EVERYONE, system=True, groups=(everyone, members)
    )
    realm = {
        "create_multiuse_invite_group": _right("create_multiuse_invite_group", admins, _NOBODY, system=True),
        "can_access_all_users_group": all_users,
        "can_create_public_channel_group": _right("can_create_public_channel_group", members),
        "can_create_private_channel_group": _right("can_create_private_channel_group", members),
        "direct_message_initiator_group": _right("direct_message_initiator_group", everyone, *anyone),
        "direct_message_permission_group": _right("direct_message_permission_group", everyone, *anyone),
    }
    remove = _right("can_remove_subscribers_group", admins, _EVERYONE, system=True)
    mention = _right("can_mention_group", everyone, _NOBODY, _EVERYONE)
    return {
        "realm": realm,
        "stream": {"can_remove_subscribers_group": remove},
        "group": {"can_mention_group": mention},
    }
