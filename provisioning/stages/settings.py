"""What one run of the workflow is told, read once from its environment."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError

from provisioning.models import StufSpec, check_email
from provisioning.stages.errors import Reason, StageError

_OPERATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:(?:[a-z0-9-]+|\{region\}):[0-9]{12}:[A-Za-z0-9_-]{1,256}")
_RUNTIME = re.compile(r"python3\.\d{1,2}")
DOMAIN_ADDRESS: Final = "https://{domain}"


class KeptFiles(StrEnum):
    """What to do when the files of an earlier STUF with the same slug were kept."""

    REFUSE = "refuse"
    ADOPT = "adopt"


@dataclass(frozen=True)
class Address:
    """Where participants find the STUF. All empty: at the distribution's own domain."""

    url: str = ""
    origin: str = ""
    host: str = ""


@dataclass(frozen=True)
class Control:
    """The control repository's variables and what GitHub says about this run."""

    owner: str
    region: str
    sender: str
    artefact_bucket: str = ""
    address_template: str = DOMAIN_ADDRESS
    certificate_arn: str = ""
    notify_url: str = ""
    alarm_topic: str = ""
    runtime: str = "python3.12"
    github_api: str = "https://api.github.com"
    run_url: str = ""
    commit: str = ""


@dataclass(frozen=True)
class Settings:
    """One attempt at one operation."""

    spec: StufSpec
    operation: str
    requested_by: str
    reason: str
    control: Control
    work_root: Path
    build_cache: Path
    kept_files: KeptFiles = KeptFiles.REFUSE
    keep_files: bool = True
    github_token: SecretStr = field(default_factory=lambda: SecretStr(""))

    @property
    def slug(self) -> str:
        return self.spec.slug

    @property
    def region(self) -> str:
        return self.spec.storage.region

    @property
    def stack_name(self) -> str:
        return f"stuf-{self.slug}"

    @property
    def repository(self) -> str:
        """owner/name of the instance repository."""
        return f"{self.control.owner}/stuf-{self.slug}"

    @property
    def alarm_topic(self) -> str:
        """The topic that hears of the STUF's alarms; empty where there is none in its region.

        CloudWatch tells no topic of another one.
        """
        topic = self.control.alarm_topic.replace("{region}", self.region)
        return topic if f":sns:{self.region}:" in topic else ""

    @property
    def address(self) -> Address:
        """The public address that the template gives, empty where it is the distribution's domain."""
        template = self.control.address_template
        if template == DOMAIN_ADDRESS:
            return Address()
        url = template.replace("{slug}", self.slug).rstrip("/")
        parts = urlsplit(url)
        return Address(url=url, origin=f"{parts.scheme}://{parts.netloc}", host=parts.hostname or "")


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings of this run; StageError names every variable that is missing, or the first wrong one."""
    needed = (
        "STUF_SLUG",
        "STUF_OPERATION",
        "STUF_SPEC",
        "STUF_REQUESTED_BY",
        "STUF_OWNER",
        "STUF_REGION",
        "STUF_SENDER",
    )
    missing = [name for name in needed if not environment.get(name, "").strip()]
    if missing:
        raise StageError(
            Reason.SETTING_MISSING,
            f"Not set: {', '.join(missing)}. Set the control repository's variables (Settings, Secrets and "
            "variables, Actions) and give the workflow all of its inputs.",
        )
    return Settings(
        spec=_spec(environment["STUF_SPEC"], environment["STUF_SLUG"]),
        operation=_matching(environment, "STUF_OPERATION", _OPERATION, "letters, digits, dots and hyphens"),
        requested_by=_one_line(environment["STUF_REQUESTED_BY"]),
        reason=_one_line(environment.get("STUF_REASON", "")) or "not given",
        control=_control(environment),
        work_root=Path(environment.get("STUF_WORK") or "build/operation").absolute(),
        build_cache=Path(environment.get("STUF_BUILD_CACHE") or "build/lambda").absolute(),
        kept_files=_kept_files(environment.get("STUF_KEPT_FILES") or KeptFiles.REFUSE),
        keep_files=(environment.get("STUF_KEEP_FILES") or "true").lower() != "false",
        github_token=SecretStr(environment.get("STUF_GITHUB_TOKEN", "")),
    )


def _spec(text: str, slug: str) -> StufSpec:
    try:
        spec = StufSpec.model_validate_json(text)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'spec'}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors(include_url=False, include_input=False)
        )
        raise StageError(
            Reason.SPEC_INVALID, f"The specification cannot be used: {wrong}. Correct it and create again."
        ) from None
    if spec.slug != slug:
        raise StageError(
            Reason.SPEC_INVALID,
            f"The specification is for {spec.slug}, the workflow was asked for {slug}. Start it again from chat.",
        )
    return spec


def _control(environment: Mapping[str, str]) -> Control:
    def value(name: str, default: str = "") -> str:
        return environment.get(name, "").strip() or default

    server, repository, run = (value(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    template = value("STUF_ADDRESS_TEMPLATE", DOMAIN_ADDRESS)
    _check_template(template)
    sender = value("STUF_SENDER")
    try:
        check_email(sender)
    except ValueError as error:
        raise StageError(
            Reason.SETTING_WRONG, f"The variable STUF_SENDER {error}. Correct it in the control repository."
        ) from None
    if value("LAMBDA_RUNTIME"):
        _matching(environment, "LAMBDA_RUNTIME", _RUNTIME, "such as python3.12")
    return Control(
        owner=value("STUF_OWNER"),
        region=value("STUF_REGION"),
        sender=sender,
        artefact_bucket=value("STUF_ARTEFACT_BUCKET"),
        address_template=template,
        certificate_arn=value("STUF_CERTIFICATE_ARN"),
        notify_url=value("STUF_NOTIFY_URL"),
        alarm_topic=_matching(environment, "STUF_ALARM_TOPIC", _TOPIC, "the ARN of an SNS topic")
        if value("STUF_ALARM_TOPIC")
        else "",
        runtime=value("LAMBDA_RUNTIME", Control.runtime),
        github_api=value("STUF_GITHUB_API") or value("GITHUB_API_URL", Control.github_api),
        run_url=f"{server}/{repository}/actions/runs/{run}" if server and repository and run else "",
        commit=value("GITHUB_SHA"),
    )


def _check_template(template: str) -> None:
    parts = urlsplit(template.replace("{slug}", "slug").replace("{domain}", "domain"))
    own = "{slug}" in template and "{domain}" not in template
    if template != DOMAIN_ADDRESS and not (own and parts.scheme in {"http", "https"} and parts.netloc):
        raise StageError(
            Reason.SETTING_WRONG,
            "The variable STUF_ADDRESS_TEMPLATE must be https://{domain} or an address with {slug} in it, "
            "for example https://{slug}.files.example.org.",
        )


def _kept_files(value: str) -> KeptFiles:
    try:
        return KeptFiles(value)
    except ValueError:
        raise StageError(Reason.SETTING_WRONG, "The input kept_files must be refuse or adopt.") from None


def _matching(environment: Mapping[str, str], name: str, pattern: re.Pattern[str], hint: str) -> str:
    value = environment[name].strip()
    if not pattern.fullmatch(value):
        raise StageError(Reason.SETTING_WRONG, f"{name} is not usable: it must be {hint}.")
    return value


def _one_line(text: str) -> str:
    """Free text as one printable line of at most 300 characters: it goes into commit messages."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:300]


def dump(value: object) -> str:
    """JSON as it is kept in the work directory and in the instance repository: stable and readable."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
