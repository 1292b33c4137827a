"""The fenced YAML block that comes with a command."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from stuf_bot.chat.arguments import said

_FENCE = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,})[ \t]*\{?\.?(?P<language>[\w+./#-]*)\}?[^`~\n]*\n(?P<body>.*?)^ {0,3}(?P=fence)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
_YAML = frozenset({"yaml", "yml"})
_DEEPEST = 20
# YAML's escapes can write what no database keeps: control characters and halves of characters.
_UNUSABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def split_block(text: str, *, only_yaml: bool = False) -> tuple[str | None, str]:
    """What stands in the first block that is YAML, or None, and the text without any block.

    A block that does not say what it is counts as YAML, and one of another language as nothing. With
    `only_yaml`, both are part of the text.
    """
    taken = _YAML if only_yaml else _YAML | {""}
    body: str | None = None

    def take(found: re.Match[str]) -> str:
        nonlocal body
        if body is None and found["language"].lower() in taken:
            body = found["body"]
            return " "
        return found.group() if only_yaml else " "

    line = _FENCE.sub(take, text)
    return body, line if line == text else line.strip()


def read_block(body: str) -> dict[str, Any]:
    """The block as a mapping; every value is a text, a list or a mapping. Raises ValueError with the reason."""
    try:
        # Every value stays text: YAML would read a phone number as an integer and `no` as false.
        read = yaml.load(body, Loader=_Texts)  # noqa: S506 - it makes texts, lists, mappings only.
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1} of the block" if mark else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise ValueError(f"The YAML block has a mistake{where}: {said(str(problem))}.") from None
    if read is None or read == "":
        return {}
    if not isinstance(read, Mapping):
        raise ValueError("The YAML block must be lines of `key: value`.")  # noqa: TRY004 - of who typed, not of the code.
    return {str(key): value for key, value in read.items()}


class _Texts(yaml.BaseLoader):
    """Neither references, by which a short block could become a huge one, nor endless nesting, nor what cannot be kept."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """One node, as in any loader, but for what is refused here."""
        event: Any = self.peek_event()  # type: ignore[no-untyped-call] # It has no types.
        problem = "it is nested too deeply" if self._depth >= _DEEPEST else ""
        if type(event) is yaml.AliasEvent:
            problem = "references (`*name`) are not read here"
        if isinstance(event, yaml.ScalarEvent) and _UNUSABLE.search(event.value):
            problem = "there is a character that cannot be used"
        if problem:
            raise yaml.composer.ComposerError(None, None, problem, event.start_mark)
        self._depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node
