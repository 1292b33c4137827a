"""Sentry's own client with a transport that keeps what would go over the network."""

from typing import Any

from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

DSN = "https://key@sentry.example.org/1"


class Caught(Transport):
    """Keeps what would go over the network."""

    def __init__(self) -> None:
        super().__init__({"dsn": DSN})
        self.envelopes: list[bytes] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        """Keep it."""
        self.envelopes.append(envelope.serialize())

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events, oldest first."""
        items = [Envelope.deserialize(each).get_event() for each in self.envelopes]
        return [dict(each) for each in items if each]

    @property
    def text(self) -> str:
        """All of it."""
        return b"".join(self.envelopes).decode()
