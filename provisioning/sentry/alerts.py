"""The alerts of a STUF's project: what Sentry calls monitors (detectors) and alerts (workflows).

Sources: https://docs.sentry.io/api/monitors/create-a-monitor-for-a-project/,
https://docs.sentry.io/api/monitors/create-an-alert-for-an-organization/ and their help texts in the
open-source server (src/sentry/workflow_engine/endpoints/validators/api_docs_help_text.py).

A monitor measures and makes an issue of what it finds; an alert tells of issues. New and returning issues
come to the bot by the integration's own webhooks as well: an alert says what is worth more than a card.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

# Grows when ALERTS changes, so that the projects that are there get what is new.
ALERTS_VERSION: Final = 1

_HIGH: Final = 75
_RESOLVED: Final = 0
_SECONDS: Final = 1000
_MINUTES: Final = 60


@dataclass(frozen=True)
class Alert:
    """One alert. `triggers` (none: every event) and `filters`: conditions of an alert; `measures`: what a monitor measures.

    `every`: minutes between two alerts of one issue. `of_measured`: of the monitors' issues, not of errors.
    """

    title: str
    triggers: tuple[Mapping[str, Any], ...] = ()
    filters: tuple[Mapping[str, Any], ...] = ()
    every: int = 30
    of_measured: bool = False
    measures: Mapping[str, Any] = field(default_factory=dict)
    detection: Mapping[str, Any] = field(default_factory=dict)
    conditions: tuple[Mapping[str, Any], ...] = ()

    @property
    def measured(self) -> bool:
        """Whether it is a monitor."""
        return bool(self.measures)

    def name(self, project: str) -> str:
        """As it is called in Sentry, where names are the organization's."""
        return f"{project}: {self.title}"


def _when(kind: str, comparison: object = True) -> dict[str, Any]:  # noqa: FBT002 - what Sentry writes for "yes".
    return {"type": kind, "comparison": comparison, "conditionResult": True}


def _errors(aggregate: str) -> dict[str, Any]:
    return {
        "aggregate": aggregate,
        "dataset": "events",
        "eventTypes": ["default", "error"],
        "query": "is:unresolved",
        "queryType": 0,
        "timeWindow": 60 * _MINUTES,
    }


def _spans(aggregate: str) -> dict[str, Any]:
    return {
        "aggregate": aggregate,
        "dataset": "events_analytics_platform",
        "eventTypes": ["trace_item_span"],
        "query": "is_transaction:true",
        "queryType": 1,
        "timeWindow": 10 * _MINUTES,
        "extrapolationMode": "unknown",
    }


def _above(limit: int) -> tuple[Mapping[str, Any], ...]:
    return (
        {"type": "gt", "comparison": limit, "conditionResult": _HIGH},
        {"type": "lte", "comparison": limit, "conditionResult": _RESOLVED},
    )


_NEW: Final = (_when("first_seen_event"), _when("reappeared_event"), _when("regression_event"))

ALERTS: Final = (
    Alert("latency", measures=_spans("p95(span.duration)"), detection={"detectionType": "static"},
          conditions=_above(5 * _SECONDS)),
    Alert(
        "unusual number of errors",
        measures=_errors("count()"),
        detection={"detectionType": "dynamic"},
        conditions=(
            {
                "type": "anomaly_detection",
                "comparison": {"seasonality": "auto", "sensitivity": "low", "thresholdType": 0},
                "conditionResult": _HIGH,
            },
        ),
    ),
    Alert("new issue", triggers=_NEW[:1], every=5),
    Alert("regression", triggers=_NEW[1:], every=5),
    Alert(
        "frequent",
        filters=(_when("event_frequency_count", {"value": 50, "interval": "1h"}),),
        every=180,
    ),
    Alert(
        "many users",
        filters=(_when("event_unique_user_frequency_count", {"value": 10, "interval": "1h", "filters": []}),),
        every=180,
    ),
    Alert("measured", triggers=_NEW, of_measured=True, every=30),
)  # fmt: skip


def detector_body(alert: Alert, name: str) -> dict[str, Any]:
    """What makes the monitor."""
    return {
        "name": name,
        "type": "metric_issue",
        "enabled": True,
        # An environment is known to Sentry only once it has had an event, so none is named.
        "dataSources": [{**alert.measures, "environment": None}],
        "config": dict(alert.detection),
        "conditionGroup": {"logicType": "any", "conditions": [dict(one) for one in alert.conditions]},
        "workflowIds": [],
    }


def workflow_body(
    alert: Alert, name: str, detectors: Sequence[str], tells: Mapping[str, Any]
) -> dict[str, Any]:
    """What makes the alert, of the issues that `detectors` find."""
    return {
        "name": name,
        "enabled": True,
        "config": {"frequency": alert.every},
        "triggers": {"logicType": "any-short", "conditions": [dict(one) for one in alert.triggers]},
        "actionFilters": [
            {"logicType": "all", "conditions": [dict(one) for one in alert.filters], "actions": [dict(tells)]}
        ],
        "detectorIds": [int(one) for one in detectors],
    }


def action(installation: str | None, team_id: str | None) -> dict[str, Any]:
    """Who is told: an integration by its webhook, as it is installed here, else the team by mail."""
    if installation is not None:
        config = {
            "sentryAppIdentifier": "sentry_app_installation_uuid",
            "targetIdentifier": installation,
            "targetType": "sentry_app",
        }
        return {"type": "sentry_app", "config": config, "data": {}, "status": "active"}
    target = {"targetType": "team", "targetIdentifier": team_id, "targetDisplay": None}
    return {"type": "email", "config": target, "data": {}, "status": "active"}
