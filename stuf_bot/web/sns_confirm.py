"""Confirms a subscription to a topic, as SNS asks: by reading the address that it named."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import requests

from stuf_bot.errands import ErrandLater, ErrandRefused
from stuf_bot.web.sns_addresses import is_confirmation

log = logging.getLogger(__name__)

Ask = Callable[[str], int]
"""Reads an address and gives the status of the answer. Raises OSError."""

_SECONDS = 10.0
_PAUSE = 60.0
_TOO_MANY = 429
_CLIENT_ERRORS = range(400, 500)


def confirmation(ask: Ask | None = None) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """What runs the errand: {"topic", "address"} -> {"topic"}. Doing it twice does no harm."""
    asked = ask or _status

    def confirm(payload: Mapping[str, Any]) -> dict[str, Any]:
        topic, address = str(payload["topic"]), str(payload["address"])
        if not is_confirmation(address, topic):
            raise ErrandRefused("address", "the address to confirm at is not one of SNS")
        try:
            status = asked(address)
        except OSError as error:
            # Its text has the address, and so the token, which is nothing for the log.
            log.info("SNS could not be asked to confirm a subscription: %s", type(error).__name__)
            raise ErrandLater(_PAUSE) from None
        if status == requests.codes.ok:
            return {"topic": topic}
        if status in _CLIENT_ERRORS and status != _TOO_MANY:
            raise ErrandRefused(
                "not-confirmed", f"SNS refused to confirm the subscription ({status}); subscribe again"
            )
        raise ErrandLater(_PAUSE)

    return confirm


def _status(address: str) -> int:
    with requests.get(address, timeout=_SECONDS, allow_redirects=False, stream=True) as answer:
        return int(answer.status_code)
