"""E-mail addresses and phone numbers in what people write freely: is there any?

It is asked before something typed where others read along is taken any further. It errs on the side
of the person: what only looks like one (a version, a date, `git@…`, a run's number) does not stop them.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

import phonenumbers

# Before the @, which is looked for first: so that a long text without one costs nothing.
_LOCAL: Final = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,128}\Z")
_DOMAIN: Final = re.compile(
    r"(?!\d{1,4}\.\d{1,4}\b)(?:[^\W_][\w\-]{0,62}\.){1,126}(?:xn--[\w\-]{1,59}|[^\W\d_]{2,63})"
)
_LONGEST_LOCAL: Final = 128
_MARKS: Final = "`*~"
# An account on a host, not a person's mail: `ssh://deploy@host`, `https://ana@host`, `git@host:acme/x.git`.
_ACCOUNT_BEFORE: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]{0,30}://[^\s/?#@]{1,128}\Z")
_PATH_AFTER: Final = re.compile(r":[\w.~\-]*(?:/|[\w.~\-]\.git\b)")
_NO_PERSON: Final = "git"

# What holds digits in groups and is no number to call.
_MOMENT: Final = re.compile(
    r"<time:[^>]{1,60}>"
    r"|\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+\-]\d{2}:?\d{2})?)?\b"
    r"|\b\d{1,2}[./\-]\d{1,2}[./\-]\d{2,4}\b(?: \d{1,2}\b)?"
)
_APART: Final = r"[ \u00a0\u2007\u202f\-\u2010-\u2015.()/]{0,3}"
_PLUS: Final = re.compile(rf"(?<!\d)[+]{_APART}[1-9](?:{_APART}\d){{6,20}}")
_NATIONAL: Final = re.compile(rf"(?<![\w.\-/#:@+=])\(?0\d(?:{_APART}\d){{7,20}}")
_AMERICAN: Final = re.compile(
    r"(?<![\w.\-/#:@+=])(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[\-. ])[2-9]\d{2}[\-. ]\d{4}(?![\w\-]|\.\d)"
)
_VERSION: Final = re.compile(r"\d\.\d+\S{0,60}\Z")
_GROUP_END: Final = re.compile(r"\d(?!\d)")
# A number without its country: wherever STUFs can be, it would be called from there.
_COUNTRIES: Final = ("GB", "IE", "DE", "FR", "NL", "SE", "IT", "ES", "AU", "JP")
_SHORTEST_NATIONAL: Final = 9


def found(text: str) -> bool:
    """Whether the text holds an e-mail address or a phone number, in any usual way to write one."""
    plain = "".join(
        each for each in unicodedata.normalize("NFKC", text) if unicodedata.category(each) != "Cf"
    )
    return next(_places(plain), None) is not None


def hidden(text: str, mark: str) -> str:
    """The text with `mark` in place of each e-mail address and phone number.

    Marks of Markdown stay: without the backtick before an address, what follows would no longer be code.
    """
    kept, at = [], 0
    for begin, end in sorted(_places(text)):
        start = max(begin, *(text.rfind(each, begin, end) + 1 for each in _MARKS))
        if text[start] == "@":
            continue
        if start >= at:
            kept += [text[at:start], mark]
        at = max(at, end)
    return "".join([*kept, text[at:]])


def _places(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each, in no order."""
    yield from _emails(text)
    if any(character.isdigit() for character in text):
        # As long as before, so that the places stay where they are.
        yield from _phones(_MOMENT.sub(lambda match: "|" * len(match.group()), text))


def _emails(text: str) -> Iterator[tuple[int, int]]:
    for sign in re.finditer("@", text):
        before = text[max(0, sign.start() - _LONGEST_LOCAL) : sign.start()]
        local, domain = _LOCAL.search(before), _DOMAIN.match(text, sign.end())
        if local is None or domain is None or local.group().strip("`*_") == _NO_PERSON:
            continue
        if _ACCOUNT_BEFORE.search(before) or _PATH_AFTER.match(text, domain.end()):
            continue
        yield sign.start() - len(local.group()), domain.end()


def _phones(text: str) -> Iterator[tuple[int, int]]:
    for match in _PLUS.finditer(text):
        if _VERSION.search(text, max(0, match.start() - 80), match.start()):
            continue
        yield from _longest(match, lambda number: _possible("+" + number))
    for match in _NATIONAL.finditer(text):
        yield from _longest(match, _national)
    yield from (match.span() for match in _AMERICAN.finditer(text))


def _longest(match: re.Match[str], fits: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    """The longest beginning, by whole groups of digits, that is a number; another may follow it."""
    raw = match.group()
    for group in reversed(list(_GROUP_END.finditer(raw))):
        if fits(re.sub(r"\D", "", raw[: group.end()])):
            yield match.start(), match.start() + group.end()
            return


def _possible(number: str, country: str | None = None) -> bool:
    """Whether it can be called: with its country by its length, without by what that country gives out."""
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return False
    check = phonenumbers.is_valid_number if country else phonenumbers.is_possible_number
    return bool(check(parsed))


def _national(digits: str) -> bool:
    if digits.startswith("00"):
        return _possible("+" + digits[2:])
    return len(digits) >= _SHORTEST_NATIONAL and any(_possible(digits, country) for country in _COUNTRIES)
