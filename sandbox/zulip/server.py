"""What the server says about itself and its limits."""

from sandbox.zulip.errors import Json
from sandbox.zulip.permissions import permission_settings
from sandbox.zulip.world import World

VERSION = "9.2+git"
FEATURE_LEVEL = 278

LIMITS: Json = {
    "max_avatar_file_size_mib": 5,
    "max_file_upload_size_mib": 25,
    "max_icon_file_size_mib": 5,
    "max_logo_file_size_mib": 5,
    "max_stream_name_length": 60,
    "max_stream_description_length": 1024,
    "max_topic_length": 60,
    "max_message_length": 10000,
    "event_queue_longpoll_timeout_seconds": 90,
    "server_presence_ping_interval_seconds": 60,
    "server_presence_offline_threshold_seconds": 200,
    "server_typing_started_expiry_period_milliseconds": 45000,
    "server_typing_stopped_wait_period_milliseconds": 12000,
    "server_typing_started_wait_period_milliseconds": 30000,
    "password_min_length": 0,
    "password_min_guesses": 0,
    "server_inline_image_preview": True,
    "server_inline_url_embed_preview": True,
    "server_avatar_changes_disabled": False,
    "server_name_changes_disabled": False,
    "server_web_public_streams_enabled": False,
    "server_needs_upgrade": False,
    "development_environment": False,
    "settings_send_digest_emails": True,
    "zulip_plan_is_not_limited": True,
    "upgrade_text_for_wide_organization_logo": "Available on Zulip Cloud Standard. Upgrade to access.",
    "server_jitsi_server_url": "https://meet.jit.si",
    "jitsi_server_url": "https://meet.jit.si",
    "server_thumbnail_formats": [
        {"name": "840x560.webp", "max_width": 840, "max_height": 560, "format": "webp", "animated": False},
    ],
    "giphy_rating_options": {
        "disabled": {"name": "GIPHY integration disabled", "id": 0},
        "y": {"name": "Allow GIFs rated Y (Very young audience)", "id": 1},
        "g": {"name": "Allow GIFs rated G (General audience)", "id": 2},
        "pg": {"name": "Allow GIFs rated PG (Parental guidance)", "id": 3},
        "pg-13": {"name": "Allow GIFs rated PG-13 (Parental guidance - under 13)", "id": 4},
        "r": {"name": "Allow GIFs rated R (Restricted)", "id": 5},
    },
}


def _account(name: str, pattern: str) -> Json:
    return {"text": name, "url_pattern": pattern, "name": f"{name} username", "hint": ""}


# Realm settings that nothing here acts upon, with the values of a fresh organization.
_FIXED: Json = {
    "add_custom_emoji_policy": 1,
    "allow_edit_history": True,
    "avatar_changes_disabled": False,
    "bot_creation_policy": 1,
    "create_web_public_stream_policy": 7,
    "default_code_block_language": "",
    "delete_own_message_policy": 5,
    "default_language": "en",
    "description": "",
    "digest_emails_enabled": False,
    "digest_weekday": 1,
    "disallow_disposable_email_addresses": True,
    "email_changes_disabled": False,
    "emails_restricted_to_domains": False,
    "enable_guest_user_indicator": True,
    "enable_read_receipts": True,
    "enable_spectator_access": False,
    "giphy_rating": 2,
    "inline_image_preview": True,
    "inline_url_embed_preview": False,
    "invite_required": True,
    "invite_to_realm_policy": 1,
    "invite_to_stream_policy": 1,
    "jitsi_server_url": None,
    "message_content_allowed_in_email_notifications": True,
    "mandatory_topics": False,
    "message_retention_days": -1,
    "move_messages_between_streams_limit_seconds": 604800,
    "move_messages_between_streams_policy": 1,
    "name_changes_disabled": False,
    "push_notifications_enabled": False,
    "push_notifications_enabled_end_timestamp": None,
    "require_unique_names": False,
    "send_welcome_emails": True,
    "user_group_edit_policy": 1,
    "video_chat_provider": 1,
    "wildcard_mention_policy": 5,
    "waiting_period_threshold": 0,
    "want_advertise_in_communities_directory": False,
    "create_multiuse_invite_group": 11,
    "can_access_all_users_group": 15,
    "can_create_public_channel_group": 14,
    "can_create_private_channel_group": 14,
    "direct_message_initiator_group": 15,
    "direct_message_permission_group": 15,
    "create_public_stream_policy": 1,
    "create_private_stream_policy": 1,
    "authentication_methods": {"Email": {"enabled": True, "available": True}},
    "presence_disabled": False,
    "upload_quota_mib": None,
    "icon_source": "G",
    "logo_source": "D",
    "night_logo_source": "D",
    "email_auth_enabled": True,
    "password_auth_enabled": True,
    "is_zephyr_mirror_realm": False,
    "org_type": 0,
    "plan_type": 1,
    "new_stream_announcements_stream_id": 3,
    "signup_announcements_stream_id": -1,
    "zulip_update_announcements_stream_id": 3,
    "default_external_accounts": {
        "twitter": _account("Twitter", "https://twitter.com/%(username)s"),
        "github": _account("GitHub", "https://github.com/%(username)s"),
    },
    "available_video_chat_providers": {
        "disabled": {"name": "None", "id": 0},
        "jitsi_meet": {"name": "Jitsi Meet", "id": 1},
    },
}
SETTABLE = {
    "name": str,
    "allow_message_editing": bool,
    "message_content_edit_limit_seconds": int,
    "message_content_delete_limit_seconds": int,
    "move_messages_within_stream_limit_seconds": int,
    "edit_topic_policy": int,
}


def realm_state(world: World) -> Json:
    """All `realm_…` values of the initial state."""
    settings = _FIXED | {name: world.setting(name) for name in SETTABLE}
    logo = f"{world.base_url}/static/images/logo/zulip-org-logo.svg?version=0"
    domain = next((user.email.partition("@")[2] for user in world.users.values() if not user.system), "")
    return {f"realm_{name}": value for name, value in settings.items()} | {
        "realm_icon_url": f"{world.base_url}/static/images/default-avatar.png?version=0",
        "realm_logo_url": logo,
        "realm_night_logo_url": logo,
        "realm_url": world.base_url,
        "realm_uri": world.base_url,
        "server_emoji_data_url": f"{world.base_url}/static/generated/emoji/emoji_api.json",
        "server_supported_permission_settings": permission_settings(),
        "realm_bot_domain": domain,
        "realm_date_created": world.value("created", 0),
        "server_generation": world.value("created", 0),
    }


def settings(world: World) -> Json:
    """GET /server_settings, which needs no account."""
    methods = ("password", "dev", "email", "ldap", "remoteuser", "github", "azuread", "gitlab")
    more = ("google", "apple", "saml", "openid connect")
    return {
        "authentication_methods": {name: name in {"password", "email"} for name in (*methods, *more)},
        "zulip_version": VERSION,
        "zulip_merge_base": "",
        "zulip_feature_level": FEATURE_LEVEL,
        "push_notifications_enabled": False,
        "is_incompatible": False,
        "email_auth_enabled": True,
        "require_email_format_usernames": True,
        "realm_url": world.base_url,
        "realm_uri": world.base_url,
        "realm_name": world.setting("name"),
        "realm_icon": f"{world.base_url}/static/images/default-avatar.png?version=0",
        "realm_description": "<p>An embedded realm.</p>",
        "realm_web_public_access_enabled": False,
        "external_authentication_methods": [],
    }
