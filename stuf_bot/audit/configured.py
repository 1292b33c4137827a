"""Notes at each start what changed in the configuration since the last one, without any secret."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Secret, SecretBytes, SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from stuf_bot.audit.chain import record
from stuf_bot.audit.tags import Tag
from stuf_bot.store.audit_tables import KnownSetting

# Texts that may be read. Any other text, a new setting's too, is known by its fingerprint only.
_SHOWN = frozenset(
    {
        "aws.endpoint_url",
        "aws.region",
        "github.control_repository",
        "github.owner",
        "github.ref",
        "github.url",
        "sentry.environment",
        "stuf_bot.admin_channel",
        "stuf_bot.executor_id",
        "stuf_bot.log_level",
        "web.host",
        "web.public_url",
        "zulip.site",
    }
)
_LISTS = ("roles.",)
_HIDDEN = "[hidden]"


def started(session: Session, settings: BaseModel, bot: str, now: datetime) -> None:
    """Note that `bot` (its executor id) started, and which settings are others than at its last start."""
    details = {"bot": bot, "version": version("stuf-bot")}
    _record(session, now, Tag.BOT_STARTED, "started", details)
    query = select(KnownSetting).where(KnownSetting.bot == bot)
    known = {row.name: row for row in session.scalars(query)}
    given = dict(_flat(settings))
    changed: dict[str, Any] = {}
    for name, value in given.items():
        row = known.get(name)
        if row is None or row.fingerprint != _fingerprint(row.salt, value):
            changed[name] = [row.shown or _HIDDEN if row else None, _shown(name, value) or _HIDDEN]
            session.merge(_row(bot, name, value))
    for name in known.keys() - given.keys():
        changed[name] = [known[name].shown or _HIDDEN, None]
        session.delete(known[name])
    session.flush()
    if not known:
        _record(session, now, Tag.SETTINGS_READ, "noted", {"bot": bot, "settings": len(given)})
    elif changed:
        _record(session, now, Tag.SETTINGS_CHANGED, "noted", {"bot": bot, "settings": changed})


def stopped(session: Session, bot: str, now: datetime) -> None:
    """Note that `bot` ended because it was asked to. One that was killed leaves no such entry."""
    _record(session, now, Tag.BOT_STOPPED, "stopped", {"bot": bot})


def _record(session: Session, now: datetime, tag: Tag, outcome: str, details: Mapping[str, Any]) -> None:
    cause = f"bot:{details['bot']}"
    record(session, at=now, tag=tag, actor_id=None, outcome=outcome, cause=cause, details=details)


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """(section.key, value) of everything that is set."""
    if isinstance(value, BaseModel):
        value = {key: getattr(value, key) for key in type(value).model_fields}
    if not isinstance(value, Mapping):
        if value is not None:
            yield name, value
        return
    for key, inner in value.items():
        yield from _flat(inner, f"{name}.{key}" if name else str(key))


def _row(bot: str, name: str, value: Any) -> KnownSetting:
    salt = secrets.token_hex(16)
    fingerprint = _fingerprint(salt, value)
    return KnownSetting(bot=bot, name=name, salt=salt, fingerprint=fingerprint, shown=_shown(name, value))


def _fingerprint(salt: str, value: Any) -> str:
    """A salted hash: who reads it cannot look the value up."""
    content = json.dumps(_plain(value), sort_keys=True)
    return hmac.new(salt.encode(), content.encode(), hashlib.sha256).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Secret | SecretStr | SecretBytes):
        return _plain(value.get_secret_value())
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, Enum | Path) else value


def _shown(name: str, value: Any) -> str | None:
    """What may be read of a value; None: nothing."""
    if isinstance(value, bool | int | float | Enum):
        return str(value)
    if name.startswith(_LISTS) and isinstance(value, tuple):
        return ", ".join(map(str, value))
    if name in _SHOWN and isinstance(value, str) and "@" not in value:
        return value
    return None
