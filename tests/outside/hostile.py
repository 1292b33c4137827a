"""Texts that try to mention, link, embed, run a command or break out; the recorded ones where they are at hand."""

import json
import os
from pathlib import Path

SENTINEL = "h0st1le"
"""Stands in every text; outside of code nobody may ever read it."""

_FOLDER = Path(os.environ.get("STUF_CONTRACTS", Path(__file__).parents[3] / "shared" / "contracts"))

_OWN = (
    # Mentions.
    "@**all**",
    "@**everyone** @**channel** @**stream** @**topic**",
    "@**Pat Plain**",
    "@**Pat Plain|11**",
    "@**|11**",
    "(@**Pat Plain**)",
    "@*stuf-operators*",
    "x** @**Pat Plain** **y",
    "@_**Pat Plain** @_*stuf-operators*",
    "|11** @**all",
    # Links, pictures, previews.
    "[read me](https://evil.example/)",
    "](https://evil.example/) [x",
    "x](https://evil.example/)",
    "![x](https://evil.example/x.png)",
    "https://evil.example/x.png",
    "https://evil.example/a(b)c?d=`e`",
    "www.evil.example evil.example/path evil@evil.example",
    "[x](javascript:alert(1)) [y](data:text/html,<b>z</b>)",
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
    "[x](/user_uploads/2/ab/secret.png)",
    "#**general** #**general>new** #**stuf-admin**",
    "[evil]: https://evil.example",
    # Commands.
    "/me does",
    "/poll really?\nyes\nno",
    "/todo list\na: b",
    "  /me leading blanks",
    "\n/poll leading newline\na",
    # Leaving its place.
    "`",
    "``",
    "` @**all** `",
    "`` ` @**all** ` ``",
    "a `x` @**Pat Plain** `y` b",
    "\\` @**all** \\`",
    "ends with a backslash \\",
    "ends with a backtick `",
    "` begins with one",
    "```\n@**all**\n```",
    "```\n```\n@**Pat Plain** after an empty fence",
    "``````````\n@**all**\n``````````",
    "~~~\n@**all**\n~~~\n@**all**",
    "```spoiler Title @**all**\n@**Pat Plain**\n```",
    "```quote\n@**all**\n```",
    "```math\nx^2\n```\n$$x^2$$",
    "> @**all** quoted",
    "# heading\n## @**all**",
    "- item\n1. one\n* @**all**",
    "| a | b |\n|---|---|\n| 1 | @**Pat Plain** |",
    "a|b||c|",
    "*i* **b** ***bi*** ~~s~~",
    "**",
    "*",
    "---",
    "line\n\n\n\nline",
    "carriage\r\nreturn\r@**all**",
    "form\x0cfeed\x0btab\x1c@**all**",
    "next\x85line\u2028separator\u2029@**all**",
    "<img src=x onerror=alert(1)><script>alert(1)</script>",
    "&lt;b&gt; &#64;**all** &#96;",
    "<time:2026-11-23T10:00:00Z>",
    ":smile: :no_such: :)",
    "{slug} {0} {x!r} %s ${x} {{x}} {% x %}",
    # What one does not see, or sees wrongly.
    "zero\u200bwidth\u200djoiner\ufeffmark",
    "invoice\u202efdp.exe",
    "\u2066isolated\u2069 \u061c",
    "\u3164\u115f\u2800",
    "Z\u0351\u036b\u0343\u0369\u036f\u0351\u036b\u0343\u0369\u036f\u0351\u036balgo",
    "private \ue000 none \uffff",
    "colour \x1b[31mred\x1b[0m",
    "tab\tseparated\t@**all**",
    "👨‍👩‍👧 ✔ ✅",
    "x" * 400,
    "`" * 70,
    "@**all** " * 40,
)


def _marked(text: str) -> str:
    return f"{text}\n{SENTINEL}" if "\n" in text else f"{text} {SENTINEL}"


def _recorded() -> list[str]:
    """What was sent to a real server; nothing where the recordings are absent."""
    file = _FOLDER / "zulip-transcripts" / "R01-hostile-raw.json"
    return [case["input"] for case in json.loads(file.read_text("utf-8"))["cases"]] if file.exists() else []


HOSTILE = tuple(_marked(text) for text in dict.fromkeys((*_OWN, *_recorded())))
