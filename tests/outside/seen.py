"""What a reader sees of a rendered message: its shape, its words, its links, whom it calls."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

_EMPTY = "(empty)"


@dataclass(frozen=True)
class Seen:
    """`shape`: the elements, without what stands in code; `prose`: the words outside of code and of names.

    Names are what links to channels and silent mentions show.
    """

    shape: tuple[Any, ...]
    prose: str
    code: str
    links: frozenset[str]
    called: frozenset[str]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shape: list[Any] = []
        self.prose: list[str] = []
        self.code: list[str] = []
        self.links: set[str] = set()
        self.called: set[str] = set()
        self._inside = 0
        self._name = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._inside:
            # Colours within a block of code.
            self._inside += 1
            return
        known = dict(attrs)
        if tag == "code":
            self._inside = 1
        if tag == "a":
            self.links.add(known.get("href") or "")
        if self._name or _is_name(known.get("class") or ""):
            self._name += 1
        kinds = (known.get("class") or "").split()
        if "silent" not in kinds and any("mention" in kind for kind in kinds):
            self.called.add(known.get("data-user-id") or known.get("data-user-group-id") or "topic")
        self.shape.append((tag, tuple(sorted((name, value or "") for name, value in attrs))))

    def handle_endtag(self, tag: str) -> None:
        self._inside = max(0, self._inside - 1)
        self._name = max(0, self._name - 1)
        if not self._inside:
            self.shape.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if not self._name:
            (self.code if self._inside else self.prose).append(data)


def _is_name(kinds: str) -> bool:
    return kinds in {"stream", "stream-topic"} or "mention" in kinds


def see(html: str) -> Seen:
    """Read what the realm made of a message."""
    page = _Page()
    page.feed(html.replace(f"<em>{_EMPTY}</em>", f"<code>{_EMPTY}</code>"))
    page.close()
    prose = re.sub(r"\s+", " ", " ".join(page.prose)).strip()
    return Seen(tuple(page.shape), prose, "\n".join(page.code), frozenset(page.links), frozenset(page.called))
