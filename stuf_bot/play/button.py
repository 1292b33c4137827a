"""A button on a web page, pressed as a browser would: a form is sent."""

from collections.abc import Mapping
from http import HTTPStatus

import requests

_SECONDS = 60.0


def press(address: str, who: str, fields: Mapping[str, str]) -> str:
    """Press the button whose form goes to `address`, as `who`; returns what went wrong, or nothing."""
    form = {"by": who.casefold(), **fields}
    try:
        answer = requests.post(address, data=form, timeout=_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        return f"nothing answers there ({type(error).__name__})"
    if answer.status_code >= HTTPStatus.BAD_REQUEST:
        return f"the page answered {answer.status_code}"
    return ""
