"""Names in braces, mentions, and whether a message contains what was expected of it."""

import re
from collections.abc import Mapping

_NAME = re.compile(r"\{(\w+|\*)\}")
_AT = re.compile(r"(?<![\w@])@([A-Za-z]\w*)\b")
_MARKS = re.compile(r"[*`]")
# A captured word begins after an opening bracket, and ends where a sentence or a link would.
_WORD = r"[^\s<>()\[\]`*]*[^\s<>()\[\]`*.,:;!?]"


class Unknown(Exception):  # noqa: N818 - told to the reader of the conversation.
    """A name in braces that no answer has filled yet."""


class Wording:
    """Knows the people's full names by their name in the file, and what was captured so far."""

    def __init__(self, full_names: Mapping[str, str], known: Mapping[str, str]) -> None:
        self._full_names = {name.casefold(): full for name, full in full_names.items()}
        self.known = dict(known)

    def spoken(self, text: str) -> str:
        """What a person sends for `text`. Raises Unknown."""

        def fill(found: re.Match[str]) -> str:
            if found[1] not in self.known:
                raise Unknown(f"{{{found[1]}}} is not known yet")
            return self.known[found[1]]

        def mention(found: re.Match[str]) -> str:
            full = self._full_names.get(found[1].casefold())
            return f"@**{full}**" if full else found[0]

        # YAML and JSON may hold braces of their own; only names that look like ours count.
        return _NAME.sub(fill, _AT.sub(mention, text))

    def met(self, texts: tuple[str, ...], content: str) -> bool:
        """Whether `content` holds all `texts`, one after the other; keeps what the braces stand for."""
        plain = _plain(content)
        captured: dict[str, str] = {}
        position = 0
        for text in texts:
            found = self._pattern(text, captured).search(plain, position)
            if found is None:
                return False
            position = found.end()
            captured.update(found.groupdict())
        self.known.update(captured)
        return True

    def _pattern(self, text: str, captured: Mapping[str, str]) -> re.Pattern[str]:
        known = {**self.known, **captured}
        pieces: list[str] = []
        fresh: set[str] = set()
        for index, piece in enumerate(_NAME.split(text)):
            if index % 2 == 0:
                pieces.append(self._literal(piece))
            elif piece == "*":
                pieces.append(".*?")
            elif piece in known:
                pieces.append(re.escape(_plain(known[piece])))
            elif piece in fresh:
                pieces.append(f"(?P={piece})")
            else:
                fresh.add(piece)
                pieces.append(rf"[<(\[]?(?P<{piece}>{_WORD})")
        return re.compile("".join(pieces), re.DOTALL)

    def _literal(self, piece: str) -> str:
        parts: list[str] = []
        for index, part in enumerate(_AT.split(_plain(piece, strip=False))):
            full = self._full_names.get(part.casefold()) if index % 2 else None
            if full:
                # With bold marks taken out a mention reads @Name|id, or @_Name|id when it is silent.
                parts.append(rf"@_?{re.escape(full)}(?:\|\d+)?")
            else:
                parts.append(re.escape("@" + part if index % 2 else part))
        return "".join(parts)


def _plain(text: str, *, strip: bool = True) -> str:
    """Without bold and code marks and line breaks, since nobody reads those aloud."""
    flat = re.sub(r"\s+", " ", _MARKS.sub("", text))
    return flat.strip() if strip else flat
