"""The demo's button in a STUF: it makes the STUF's own code raise an error, by refusing it storage once.

It stands below every STUF, at `demo/error`, where the application has nothing; the STUF's page gets a link to it.
"""

import html
from collections.abc import Awaitable, Callable
from typing import Final

from sandbox.aws.faults import RUNNING_STAGE, Faults
from sandbox.aws.forward import Headers, Scope, Send, answer

PATH: Final = b"/demo/error"
LINK: Final = b'<p><a href="demo/error">Demo: raise an error in this STUF</a></p></body>'
_SERVER_ERROR: Final = 500
_BODY: Final = b'{"email": "somebody@example.org"}'
_HEADERS: Final = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"),
]
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:4rem auto;
padding:0 1rem}}button{{font:inherit;padding:.5rem 1rem}}</style></head>
<body><h1>{title}</h1>{body}<p><a href="../">Back to the upload page</a></p></body></html>
"""
_ASK: Final = """<p>Somebody wants to sign in, and the storage of <b>{slug}</b> refuses to say who may. The STUF does
not expect this: its code raises an error and reports it.</p>
<form method="post"><button>Raise an error</button></form>
"""
_DONE: Final = """<p>The code of <b>{slug}</b> answered {status}. It reported the error to Sentry, which tells the STUF's
channel.</p><form method="post"><button>Raise it again</button></form>
"""
_FAILED: Final = """<p>The code of <b>{slug}</b> answered {status}, and met no error. Try again.</p>
<form method="post"><button>Raise an error</button></form>
"""
Ask = Callable[[str, bytes, bytes], Awaitable[int]]
"""Asks the STUF's API: method, path and JSON in; status out."""


class ErrorButton:
    """Answers below `PATH` of a STUF."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    async def __call__(self, scope: Scope, send: Send, slug: str, ask: Ask) -> None:
        """Show the button, or press it: 500 raised by the STUF is a success here, anything else is 502."""
        name = html.escape(slug)
        if scope["method"] != "POST" or _from_elsewhere(scope["headers"]):
            await _show(send, 200, "Raise an error", _ASK.format(slug=name))
            return
        # So that the function knows where to report to, as any that was used before does.
        await ask("GET", b"/api/config", b"")
        self._faults.arm(RUNNING_STAGE)
        try:
            status = await ask("POST", b"/api/sign-in", _BODY)
        finally:
            met = not self._faults.take(RUNNING_STAGE)
        if met and status == _SERVER_ERROR:
            await _show(send, 200, "An error was raised", _DONE.format(slug=name, status=status))
        else:
            await _show(send, 502, "No error was raised", _FAILED.format(slug=name, status=status))


async def _show(send: Send, status: int, title: str, body: str) -> None:
    await answer(send, status, [*_HEADERS], _PAGE.format(title=title, body=body).encode())


def _from_elsewhere(headers: Headers) -> bool:
    """Whether another site's page makes the browser send this."""
    return dict(headers).get(b"sec-fetch-site", b"none") not in {b"same-origin", b"none"}
