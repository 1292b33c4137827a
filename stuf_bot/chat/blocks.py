"""The fenced YAML block that comes with a command."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from stuf_bot.chat.arguments import said
from stuf_bot.errors import Refusal

_FENCE = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,})[ \t]*\{?\.?(?P<language>ya?ml)?\}?[ \t]*\n(?P<body>.*?)^ {0,3}(?P=fence)[ \t]*$",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)


# YAML's escapes can write what no database keeps: control characters and halves of characters.
_UNUSABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def split_block(text: str, *, only_yaml: bool = False) -> tuple[Mapping[str, Any] | None, str]:
    """The block as a mapping, or None, and the text without it. Raises Refusal where it is no mapping.

    `only_yaml`: a fence that does not say that it is YAML is part of the text.
    """
    for found in _FENCE.finditer(text):
        if found["language"] or not only_yaml:
            line = (text[: found.start()] + " " + text[found.end() :]).strip()
            return _mapping(found["body"]), line
    return None, text


def _mapping(body: str) -> Mapping[str, Any]:
    try:
        # Every value stays text: YAML would read a phone number as an integer and `no` as false.
        read = yaml.load(body, Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader makes texts, lists, mappings only.
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1} of the block" if mark else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise Refusal("bad-yaml", f"The YAML block has a mistake{where}: {said(str(problem))}.") from None
    if read is None:
        return {}
    if not isinstance(read, dict):
        raise Refusal("bad-yaml", "The YAML block must be lines of `key: value`.")
    if any(_UNUSABLE.search(text) for text in _texts(read)):
        raise Refusal("bad-yaml", "The YAML block holds a character that cannot be used, such as `\\0`.")
    return {str(key): value for key, value in read.items()}


def _texts(value: Any) -> Iterator[str]:
    """Every text in what was read, keys too."""
    if isinstance(value, dict):
        for pair in value.items():
            for each in pair:
                yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    else:
        yield str(value)
