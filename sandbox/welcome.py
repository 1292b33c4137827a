"""The note in the realm that says what to try, written once by its owner."""

import base64
import urllib.parse
import urllib.request

from sandbox.zulip import Account

TOPIC = "welcome"
NOTE = """\
**This is a realm on your own machine**: its Zulip, GitHub, AWS and Sentry all run here, and nothing leaves it.

You are **Tess Architect**, who may create STUFs. At the top you can become **Omar Ops**, who looks after all of \
them, or **Pat Plain**, who may do neither. Try this, here or in a direct message to STUF Bot:

1. `@**STUF Bot** create`, and answer its questions. For the people who may upload take made-up addresses, such \
as `ana@example.org, +44 7700 900123`.
2. `confirm` when the plan is right. The channel that you chose then shows how it goes.
3. `@**STUF Bot** test` with the name of your STUF, once it is ready.
4. Open the address of the STUF and upload a file: the link and the code that it sends are on the \
[page with mails and texts](/mail).
5. On its page press *Demo: raise an error in this STUF*: the error goes to Sentry, and its card comes to the \
STUF's channel.

`@**STUF Bot** help` tells the rest.
"""


def post(url: str, account: Account, channel: str) -> None:
    """Write the note as `account`. Raises OSError when the realm does not take it."""
    fields = {"type": "stream", "to": channel, "topic": TOPIC, "content": NOTE}
    basic = base64.b64encode(f"{account.email}:{account.api_key}".encode()).decode()
    request = urllib.request.Request(  # noqa: S310 - our own server on this machine
        f"{url}/api/v1/messages",
        data=urllib.parse.urlencode(fields).encode(),
        headers={"Authorization": f"Basic {basic}"},
    )
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - as above
