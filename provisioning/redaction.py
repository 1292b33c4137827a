"""Takes secrets and personal data out of lines of a log, by their structure."""

import re
from typing import Final

_HIDDEN: Final = "[hidden]"
_SECRETS: Final = re.compile(
    r"""
      gh[a-z]_[A-Za-z0-9_.\-]+                                  # tokens of GitHub
    | github_pat_[A-Za-z0-9_]+
    | \b(?:AKIA|ASIA)[A-Z0-9]{12,}                              # access keys of AWS
    | \beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)?  # JWTs
    | -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY-----.*
    """,
    re.VERBOSE,
)
_NAMED: Final = re.compile(
    r"""(?ix)
    (?<![a-z0-9_\-]) (?P<name>[a-z0-9_\-]+) ["']? \s* [:=] \s* ["']?
    (?: (?:bearer|basic|token)\s+ )?
    """
)
_SECRET_NAME: Final = re.compile(
    "authorization|signature|credential|security-token|password|passwd|secret|token|api_?key|access_?key",
    re.IGNORECASE,
)
_VALUE: Final = re.compile(r"""[^\s"'&,;}]+""")
_IN_URL: Final = re.compile(
    r"(?<![a-z0-9+.\-])(?P<scheme>[a-z][a-z0-9+.\-]*://)[^\s/@:]*:[^\s/@]*@", re.IGNORECASE
)
_EMAIL: Final = re.compile(
    r"(?<![^\s@<>\"'(){}\[\],;:=])[^\s@<>\"'(){}\[\],;:=]+@[^\s@<>\"'(){}\[\],;:=]+\.[A-Za-z]{2,}"
)
_PHONE: Final = re.compile(r"\+\d[\d \-()]{6,}\d")


def redact(line: str) -> str:
    """The line without tokens, keys, signatures, passwords, e-mail addresses and phone numbers."""
    line = _IN_URL.sub(rf"\g<scheme>{_HIDDEN}@", line)
    line = _SECRETS.sub(_HIDDEN, line)
    line = _without_named(line)
    line = _EMAIL.sub(_HIDDEN, line)
    return _PHONE.sub(_HIDDEN, line)


def _without_named(line: str) -> str:
    """The line without the values that follow a name such as `password:` or `API_KEY=`."""
    kept, at = [], 0
    for match in _NAMED.finditer(line):
        if match.start() < at or not _SECRET_NAME.search(match["name"]):
            continue
        value = _VALUE.match(line, match.end())
        if value is not None:
            kept += [line[at : match.end()], _HIDDEN]
            at = value.end()
    return "".join([*kept, line[at:]])
