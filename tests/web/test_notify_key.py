"""Whose key a STUF's deliveries are checked with."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from pydantic import SecretBytes

from provisioning.verification import derive_key
from stuf_bot.bootstrap.outside import notify_key
from stuf_bot.store.database import Database


class Fleet:
    """Of all the fleet, the one that has the slug now."""

    def __init__(self) -> None:
        self.stuf: Any = None

    def get(self, _session: Any, _slug: str) -> Any:
        return self.stuf


def stuf(year: int, arn: str = "arn:one") -> Any:
    return SimpleNamespace(
        created_at=datetime(year, 1, 2, tzinfo=UTC), outputs=SimpleNamespace(secret_arn=arn)
    )


def test_a_slug_that_is_used_again_has_another_key(database: Database) -> None:
    secrets = [SecretBytes(b"one"), SecretBytes(b"two"), SecretBytes(b"three")]
    fleet: Any = Fleet()
    keys = notify_key(database, fleet, lambda _: SimpleNamespace(secret=lambda: secrets.pop(0)))  # type: ignore[arg-type, return-value]
    assert keys("acme-audit") is None
    fleet.stuf = stuf(2030)
    assert keys("acme-audit") == keys("acme-audit") == derive_key(SecretBytes(b"one"), "notify")
    fleet.stuf = stuf(2031)
    assert keys("acme-audit") == derive_key(SecretBytes(b"two"), "notify")
    fleet.stuf = stuf(2031, "arn:two")
    assert keys("acme-audit") == derive_key(SecretBytes(b"three"), "notify")
    fleet.stuf = SimpleNamespace(created_at=datetime(2032, 1, 2, tzinfo=UTC), outputs=None)
    assert keys("acme-audit") is None
