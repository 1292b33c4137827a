"""The web pages of the demo: a small chat page, and what the demo sent as mail and text message."""

from sandbox.page.pages import DemoPages
from sandbox.page.sent import Outbox, SentMessage

__all__ = ["DemoPages", "Outbox", "SentMessage"]
