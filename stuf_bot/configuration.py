"""Reads bot.conf and the environment into `Settings`, and names everything that is wrong at once."""

import configparser
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from stuf_bot.settings import Settings, StufPolicySettings

USUAL = Path("bot.conf")
ENVIRONMENT_PREFIX = "STUF_BOT_"
SECTIONS: Mapping[str, type[BaseModel]] = {
    name: field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
}

_POLICY = "policy"
_STUFS = "stufs"
_ACCOUNT = {"email", "key", "site"}
_PLAIN = {"int_parsing": "must be a whole number", "float_parsing": "must be a number"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a setting. `key` is empty where it concerns the whole section."""

    section: str
    key: str
    reason: str

    def __str__(self) -> str:
        """As a person reads it."""
        return f"[{self.section}] {self.key + ': ' if self.key else ''}{self.reason}"


class ConfigurationError(Exception):
    """The settings cannot be used; `problems` names each one."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def settable(section: type[BaseModel]) -> list[str]:
    """What may be written in a section."""
    return [name for name in section.model_fields if name != _STUFS]


def usual(path: Path | None) -> Path | None:
    """The file that was named, else bot.conf where there is one; None leaves it to the environment."""
    return path or (USUAL if USUAL.exists() else None)


def load(path: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of the file `path` (None: of the environment alone), overridden by `environment`.

    Relative files and databases are looked for beside `path`. Raises ConfigurationError with every
    problem there is.
    """
    problems: list[Problem] = []
    given = _from_file(path, problems) if path else {}
    _override(given, environment, problems)
    base = path.resolve().parent if path else Path.cwd()
    _settle_paths(given, base)
    _read_zuliprc(given.get("zulip", {}), problems)
    try:
        settings = Settings.model_validate({name: given.get(name, {}) for name in SECTIONS})
    except ValidationError as error:
        problems += [problem for detail in error.errors() if (problem := _problem(detail)) not in problems]
    if problems:
        raise ConfigurationError(_without_echoes(problems))
    return settings


def _from_file(path: Path, problems: list[Problem]) -> dict[str, dict[str, Any]]:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise ConfigurationError(
            [Problem("stuf_bot", "", f"{path} cannot be read ({error.strerror}); name a file with --config")]
        ) from None
    except (configparser.Error, UnicodeDecodeError) as error:
        raise ConfigurationError([Problem("stuf_bot", "", f"{path} is no INI file: {error}")]) from None
    given = {name: _not_empty(parser[name]) for name in parser.sections() if name in SECTIONS}
    if _STUFS in given.get(_POLICY, {}):
        problems.append(_unknown(_POLICY, _STUFS))
        del given[_POLICY][_STUFS]
    for name in parser.sections():
        section, colon, slug = name.partition(":")
        if section == _POLICY and colon:
            _of_stuf(given, slug.strip()).update(_not_empty(parser[name]))
        elif name not in SECTIONS:
            problems.append(Problem(name, "", f"is not a section; there are {', '.join(SECTIONS)}"))
    return given


def _of_stuf(given: dict[str, dict[str, Any]], slug: str) -> dict[str, Any]:
    """What is given in [policy:slug], which lies within [policy]."""
    found: dict[str, Any] = given.setdefault(_POLICY, {}).setdefault(_STUFS, {}).setdefault(slug, {})
    return found


def _not_empty(values: Mapping[str, str]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value.strip()}


def _override(
    given: dict[str, dict[str, Any]], environment: Mapping[str, str], problems: list[Problem]
) -> None:
    for name, value in environment.items():
        if not name.startswith(ENVIRONMENT_PREFIX) or not value.strip():
            continue
        rest = name.removeprefix(ENVIRONMENT_PREFIX).lower()
        section = next((known for known in SECTIONS if rest.startswith(f"{known}_")), None)
        if section is None:
            problems.append(
                Problem("environment", name, f"names no section; there are {', '.join(SECTIONS)}")
            )
            continue
        key = rest.removeprefix(f"{section}_")
        slug, _, way = key.rpartition("_")
        if section == _POLICY and slug and way in StufPolicySettings.model_fields:
            _of_stuf(given, slug.replace("_", "-"))[way] = value
        elif section == _POLICY and key == _STUFS:
            problems.append(_unknown(_POLICY, _STUFS))
        else:
            given.setdefault(section, {})[key] = value


def _settle_paths(given: dict[str, dict[str, Any]], base: Path) -> None:
    for section, key in (("zulip", "zuliprc"), ("github", "private_key_file")):
        if key in given.get(section, {}):
            given[section][key] = str(base / Path(given[section][key]).expanduser())
    bot = given.setdefault("stuf_bot", {})
    scheme, slashes, rest = bot.setdefault("database_url", "sqlite:///stuf_bot.sqlite").partition(":///")
    if slashes and scheme.startswith("sqlite") and rest and not rest.startswith(("/", ":memory:")):
        bot["database_url"] = f"{scheme}:///{base / rest}"


def _read_zuliprc(zulip: dict[str, Any], problems: list[Problem]) -> None:
    """Put what the zuliprc holds beside what is given; what is given goes first, and makes it forgotten."""
    if "zuliprc" not in zulip:
        return
    given = _ACCOUNT & zulip.keys()
    if given == _ACCOUNT:
        del zulip["zuliprc"]
        return
    path = Path(zulip["zuliprc"])
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(Problem("zulip", "zuliprc", f"{path} cannot be read ({error.strerror})"))
        return
    except (configparser.Error, UnicodeDecodeError):
        problems.append(Problem("zulip", "zuliprc", f"{path} is no zuliprc; download it again from Zulip"))
        return
    if not parser.has_section("api"):
        problems.append(
            Problem("zulip", "zuliprc", f"{path} has no [api] section; download it again from Zulip")
        )
        return
    for key in _ACCOUNT:
        if parser["api"].get(key):
            zulip.setdefault(key, parser["api"][key])
    if given:
        del zulip["zuliprc"]


def _problem(detail: ErrorDetails) -> Problem:
    section, *keys = (str(part) for part in detail["loc"])
    if keys[:1] == [_STUFS]:
        slug, *keys = keys[1:]
        section = f"{_POLICY}:{slug}"
    # A choice such as `site` reports one error a branch; the key is what a person can change.
    key = keys[0] if keys and keys[0] != "[key]" else ""
    if detail["type"] == "missing":
        field = SECTIONS[section].model_fields[key]
        return Problem(section, key, f"is missing: {field.description}")
    if detail["type"] == "extra_forbidden":
        return _unknown(section, key)
    if detail["type"] in _PLAIN:
        return Problem(section, key, _PLAIN[detail["type"]])
    reason = detail["msg"].removeprefix("Value error, ")
    return Problem(section, key, reason[:1].lower() + reason[1:] if key else reason)


def _unknown(section: str, key: str) -> Problem:
    model = StufPolicySettings if section.startswith(f"{_POLICY}:") else SECTIONS[section]
    return Problem(section, key, f"is not a setting; there are {', '.join(settable(model))}")


def _without_echoes(problems: list[Problem]) -> list[Problem]:
    """One reason a setting; and where the zuliprc could not be read, nothing about what it would have held."""
    named: dict[tuple[str, str], Problem] = {}
    for problem in problems:
        named.setdefault((problem.section, problem.key), problem)
    if ("zulip", "zuliprc") in named:
        named.pop(("zulip", ""), None)
    return list(named.values())
