"""A button on a web page, pressed as a browser would: a form is sent."""

from http import HTTPStatus

import requests

_SECONDS = 60.0


def press(address: str, who: str) -> str:
    """Press the button whose form goes to `address`, as `who`; returns what went wrong, or nothing."""
    try:
        answer = requests.post(address, data={"by": who.casefold()}, timeout=_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        return f"nothing answers there ({type(error).__name__})"
    if answer.status_code >= HTTPStatus.BAD_REQUEST:
        return f"the page answered {answer.status_code}"
    return ""
