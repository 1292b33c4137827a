"""The least that answers: an echo loop on the official client, to compare the bot with.

`python -m bench.echo ZULIPRC` answers every direct message with its own text until it is ended.
"""

import sys
from typing import Any

import zulip


def main(zuliprc: str) -> None:
    """Answer until the process is ended."""
    client = zulip.Client(config_file=zuliprc)
    me = client.get_profile()["user_id"]

    def answer(message: dict[str, Any]) -> None:
        if message["sender_id"] != me and message["type"] == "private":
            client.send_message(
                {"type": "private", "to": [message["sender_id"]], "content": message["content"]}
            )

    client.call_on_each_message(answer)


if __name__ == "__main__":
    main(sys.argv[1])
