"""Emoji by name and code. Zulip's own names where they differ, Unicode's names for the rest."""

import unicodedata

# Zulip's names for what bots and people use most; the first name of a code is the one shown.
_NAMED = {
    "thumbs_up": "1f44d",
    "+1": "1f44d",
    "thumbs_down": "1f44e",
    "-1": "1f44e",
    "check": "2705",
    "check_mark": "2714",
    "cross_mark": "274c",
    "x": "274c",
    "eyes": "1f440",
    "tada": "1f389",
    "heart": "2764",
    "rocket": "1f680",
    "working_on_it": "1f6e0",
    "warning": "26a0",
    "octopus": "1f419",
    "smile": "1f642",
    "grinning": "1f600",
    "joy": "1f602",
    "laughing": "1f606",
    "cry": "1f622",
    "wave": "1f44b",
    "clap": "1f44f",
    "pray": "1f64f",
    "hundred": "1f4af",
    "fire": "1f525",
    "siren": "1f6a8",
    "rotating_light": "1f6a8",
    "hourglass": "231b",
    "time_ticking": "23f3",
    "stop_sign": "1f6d1",
    "stop": "1f6d1",
    "prohibited": "1f6ab",
    "no_entry": "26d4",
    "lock": "1f512",
    "unlocked": "1f513",
    "key": "1f511",
    "mailbox": "1f4eb",
    "email": "2709",
    "file": "1f4c4",
    "folder": "1f4c1",
    "package": "1f4e6",
    "link": "1f517",
    "memo": "1f4dd",
    "info": "2139",
    "question": "2753",
    "exclamation": "2757",
    "arrow_right": "27a1",
    "arrow_left": "2b05",
    "repeat": "1f501",
    "refresh": "1f504",
    "gear": "2699",
    "tools": "1f6e0",
    "bug": "1f41b",
    "construction": "1f6a7",
    "phone": "260e",
    "star": "2b50",
    "sparkles": "2728",
    "bell": "1f514",
    "speech_balloon": "1f4ac",
    "tear": "1f622",
    "green_circle": "1f7e2",
    "red_circle": "1f534",
    "yellow_circle": "1f7e1",
    "blue_circle": "1f535",
    "white_circle": "26aa",
    "black_circle": "26ab",
    "one": "0031-20e3",
    "two": "0032-20e3",
    "three": "0033-20e3",
    "four": "0034-20e3",
}
_SYMBOLS = {"So", "Sk"}
_FIRST_PICTOGRAPH = 0x203C


def _shown_names() -> dict[str, str]:
    shown: dict[str, str] = {}
    for name, code in _NAMED.items():
        shown.setdefault(code, name)
    return shown


_SHOWN = _shown_names()


def code_of(name: str) -> str | None:
    """The code (`1f44d`) of an emoji name, or None where no such emoji exists."""
    if name in _NAMED:
        return _NAMED[name]
    try:
        character = unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return None
    return f"{ord(character):x}" if is_pictograph(character) else None


def is_pictograph(character: str) -> bool:
    """Whether a character is shown as an emoji."""
    return ord(character) >= _FIRST_PICTOGRAPH and unicodedata.category(character) in _SYMBOLS


def name_of(character: str) -> str | None:
    """The name of a Unicode emoji, or None for any other character."""
    if not is_pictograph(character):
        return None
    code = f"{ord(character):x}"
    if code in _SHOWN:
        return _SHOWN[code]
    name = unicodedata.name(character, "").lower()
    return "_".join(name.replace("-", " ").split()) or None
