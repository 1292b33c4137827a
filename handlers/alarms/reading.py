"""What AWS and Azure say of an alarm, as one model. Whatever is missing or of another type is left empty."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote

Json = Mapping[str, Any]

_REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z]+){1,3}-[0-9]{1,2}")
_AMAZON: Final = (
    "https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#alarmsV2:alarm/{name}"
)
_AZURE: Final = (
    "https://portal.azure.com/#blade/Microsoft_Azure_Monitoring/AlertDetailsTemplateBlade/alertId/{id}"
)
_MOST_RESOURCES: Final = 30
_HASH: Final = 16


class State(StrEnum):
    """How an alarm stands."""

    FIRES = "fires"
    QUIET = "quiet"
    NO_DATA = "no-data"


_OF_AWS: Final = {"ALARM": State.FIRES, "OK": State.QUIET, "INSUFFICIENT_DATA": State.NO_DATA}
_OF_AZURE: Final = {"Fired": State.FIRES, "Resolved": State.QUIET}


@dataclass(frozen=True, slots=True)
class Alarm:
    """One change of one alarm, in its sender's words: none of the texts is safe to be shown as it is.

    `key` names the alarm for ever, `at` is when it changed. `resources` are names and ids of what it watches;
    `address` is made here, and safe.
    """

    key: str
    name: str
    state: State
    at: datetime
    description: str = ""
    reason: str = ""
    watches: str = ""
    severity: str = ""
    resources: tuple[str, ...] = ()
    address: str = ""


def read(kind: str, body: Json, now: datetime) -> Alarm | None:
    """The alarm in the body of a delivery of `sns.alarm` or `azure.alert`; None where there is none."""
    return _azure(body, now) if kind == "azure.alert" else _aws(body, now)


def _aws(body: Json, now: datetime) -> Alarm | None:
    """As told in https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ (notifications of alarms)."""
    try:
        told = json.loads(_text(body, "Message"))
    except (ValueError, RecursionError):
        return None
    state = _OF_AWS.get(_text(told, "NewStateValue"))
    name = _text(told, "AlarmName")
    if state is None or not name:
        return None
    trigger = _part(told, "Trigger")
    arn = _text(told, "AlarmArn")
    region = arn.split(":")[3] if arn.count(":") > 3 else ""  # noqa: PLR2004 - the region is the fourth part of an ARN.
    metrics = _metrics(trigger)
    dimensions = [pair for metric in metrics for pair in _dimensions(metric)]
    return Alarm(
        key=f"cloud:{arn or ':'.join([_text(told, 'AWSAccountId'), _text(told, 'Region'), name])}",
        name=name,
        state=state,
        at=_moment(_text(told, "StateChangeTime")) or _moment(_text(body, "Timestamp")) or now,
        description=_text(told, "AlarmDescription"),
        reason=_text(told, "NewStateReason"),
        watches=_watched(metrics, region or _text(told, "Region")),
        resources=tuple(value for _, value in dimensions)[:_MOST_RESOURCES],
        address=_AMAZON.format(region=region, name=quote(name, safe="")) if _REGION.fullmatch(region) else "",
    )


def _metrics(trigger: Json) -> list[Json]:
    """The metric of a simple alarm, or those of one that calculates."""
    several = [_part(_part(each, "MetricStat"), "Metric") for each in _list(trigger, "Metrics")]
    return [metric for metric in several if metric] or ([trigger] if trigger else [])


def _dimensions(metric: Json) -> list[tuple[str, str]]:
    found = [(_text(each, "name"), _text(each, "value")) for each in _list(metric, "Dimensions")]
    return [pair for pair in found if all(pair)]


def _watched(metrics: list[Json], region: str) -> str:
    names = [f"{_text(metric, 'Namespace')} {_text(metric, 'MetricName')}".strip() for metric in metrics]
    of = [f"{name} {value}" for metric in metrics for name, value in _dimensions(metric)]
    where = dict.fromkeys([*of, region])
    return ", ".join(filter(None, [*dict.fromkeys(names), *where]))


def _azure(body: Json, now: datetime) -> Alarm | None:
    """As told in https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-common-schema."""
    told = _part(_part(body, "data"), "essentials")
    state = _OF_AZURE.get(_text(told, "monitorCondition"))
    name = _text(told, "alertRule")
    if state is None or not name:
        return None
    targets = sorted(each for each in _list(told, "alertTargetIDs") if isinstance(each, str))
    # The alert's own id changes each time it fires; rule and targets stay.
    same = hashlib.sha256("\n".join([name, *targets]).lower().encode()).hexdigest()[:_HASH]
    ended = state is State.QUIET and _moment(_text(told, "resolvedDateTime"))
    parts = [part for target in targets for part in target.split("/") if part]
    items = [each for each in _list(told, "configurationItems") if isinstance(each, str)]
    last = [target.rstrip("/").rpartition("/")[2] for target in targets]
    watches = ", ".join(filter(None, [_text(told, "monitoringService"), *dict.fromkeys([*last, *items])]))
    return Alarm(
        key=f"cloud:azure:{same}",
        name=name,
        state=state,
        at=ended or _moment(_text(told, "firedDateTime")) or now,
        description=_text(told, "description"),
        reason=_conditions(_part(_part(body, "data"), "alertContext")),
        watches=watches,
        severity=_text(told, "severity"),
        resources=tuple(dict.fromkeys([*reversed(parts), *items]))[:_MOST_RESOURCES],
        address=_AZURE.format(id=quote(_text(told, "alertId"), safe="")) if _text(told, "alertId") else "",
    )


def _conditions(context: Json) -> str:
    """`Http5xx 12 GreaterThan 5`, for each condition of a metric or a log."""
    said = []
    for each in _list(_part(context, "condition"), "allOf"):
        parts = [each.get(name) for name in ("metricName", "metricValue", "operator", "threshold")]
        said.append(" ".join(str(part) for part in parts if isinstance(part, str | int | float)))
    return "; ".join(filter(None, said))


def _text(given: Any, name: str) -> str:
    found = given.get(name) if isinstance(given, Mapping) else None
    return found if isinstance(found, str) else ""


def _part(given: Any, name: str) -> Json:
    found = given.get(name) if isinstance(given, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _list(given: Any, name: str) -> list[Any]:
    """Its mappings and texts; anything else is left out."""
    found = given.get(name) if isinstance(given, Mapping) else None
    return [each for each in found if isinstance(each, Mapping | str)] if isinstance(found, list) else []


def _moment(text: str) -> datetime | None:
    """An ISO time; AWS writes its zone without a colon, Azure its seconds with seven digits."""
    try:
        found = datetime.fromisoformat(re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text))
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
