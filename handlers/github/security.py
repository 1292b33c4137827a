"""`dependabot_alert`, `repository_vulnerability_alert`, `code_scanning_alert`: one alert, one topic, one card."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pydantic import Field

from handlers.github.reading import Account, Facts, Hook, Json, Moment, ReadContext, Unreadable
from handlers.github.security_alerts import OPEN, Alert, tell
from handlers.github.shared import branch_of, quoted, to
from stuf_bot.chat.outside import inline
from stuf_bot.relays import Relay

NEXT_UPDATE = "Next: raise {package} to {version} or later; the alert then closes by itself."
NEXT_NO_FIX = "Next: there is no fixed version yet; decide on GitHub whether it concerns this repository."
NEXT_CODE = "Next: correct it, or dismiss the alert on GitHub with the reason."

_NOTHING: Final = "an alert without a number"
# What GitHub's actions leave behind; anything else leaves the state that the alert names.
_STATES: Final = {
    "create": OPEN,
    "created": OPEN,
    "reopen": OPEN,
    "reopened": OPEN,
    "reopened_by_user": OPEN,
    "auto_reopened": OPEN,
    "reintroduced": OPEN,
    "appeared_in_branch": OPEN,
    "fixed": "fixed",
    "resolve": "fixed",
    "dismiss": "dismissed",
    "dismissed": "dismissed",
    "auto_dismissed": "dismissed",
    "closed_by_user": "dismissed",
}


class Package(Facts):
    """A package."""

    ecosystem: str = ""
    name: str = ""


class Version(Facts):
    """A version."""

    identifier: str = ""


class Vulnerability(Facts):
    """Which versions of which package."""

    package: Package = Package()
    severity: str = ""
    vulnerable_version_range: str = ""
    first_patched_version: Version = Version()


class Advisory(Facts):
    """What is wrong with them."""

    ghsa_id: str = ""
    cve_id: str = ""
    summary: str = ""
    severity: str = ""


class Dependency(Facts):
    """Where it is used."""

    package: Package = Package()
    manifest_path: str = ""
    scope: str = ""


class Closing(Facts):
    """How an alert was closed, for all sorts of alerts."""

    number: int = 0
    state: str = ""
    html_url: str = ""
    created_at: Moment = None
    updated_at: Moment = None
    fixed_at: Moment = None
    dismissed_at: Moment = None
    auto_dismissed_at: Moment = None
    dismissed_by: Account = Account()
    dismissed_reason: str = ""
    dismissed_comment: str = ""

    @property
    def changed(self) -> datetime | None:
        """When it last changed, by GitHub's clock."""
        times = (
            self.updated_at,
            self.fixed_at,
            self.dismissed_at,
            self.auto_dismissed_at,
            self.created_at,
        )
        return max((at for at in times if at), default=None)


class DependabotAlert(Closing):
    """`dependabot_alert`."""

    dependency: Dependency = Dependency()
    security_advisory: Advisory = Advisory()
    security_vulnerability: Vulnerability = Vulnerability()


class OldAlert(Closing):
    """`repository_vulnerability_alert`, which tells of the same alerts by other names."""

    affected_package_name: str = ""
    affected_range: str = ""
    external_identifier: str = ""
    fixed_in: str = ""
    ghsa_id: str = ""
    severity: str = ""
    dismisser: Account = Account()
    dismiss_reason: str = ""


class Rule(Facts):
    """What a tool looks for."""

    id: str = ""
    severity: str = ""
    security_severity_level: str = ""
    description: str = ""


class Tool(Facts):
    """What found it."""

    name: str = ""


class Location(Facts):
    """Where in a file."""

    path: str = ""
    start_line: int = 0


class Instance(Facts):
    """Where it was found."""

    ref: str = ""
    location: Location = Location()


class CodeAlert(Closing):
    """`code_scanning_alert`."""

    rule: Rule = Rule()
    tool: Tool = Tool()
    most_recent_instance: Instance = Instance()
    instances: tuple[Instance, ...] = ()


class AlertHook(Hook):
    """All three; `alert` stays as it is, since each has its own."""

    ref: str = ""
    alert: Json = Field(default_factory=dict)


def read_dependency(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`dependabot_alert`."""
    hook = AlertHook.of(payload)
    alert = DependabotAlert.of(hook.alert)
    if not alert.number:
        raise Unreadable(_NOTHING)
    advisory, weak = alert.security_advisory, alert.security_vulnerability
    package = alert.dependency.package if alert.dependency.package.name else weak.package
    fixed = weak.first_patched_version.identifier
    where = f" in {quoted(alert.dependency.manifest_path)}" if alert.dependency.manifest_path else ""
    told = Alert(
        action=hook.action,
        title=f"{package.name} ({package.ecosystem})" if package.ecosystem else package.name,
        severity=weak.severity or advisory.severity,
        state=_STATES.get(hook.action, alert.state),
        at=alert.changed,
        rank=int(hook.action != "created"),
        url=alert.html_url,
        summary=advisory.summary,
        ids=tuple(name for name in (advisory.ghsa_id, advisory.cve_id) if name),
        lines=(_affected(weak.vulnerable_version_range, fixed) + where,),
        next=_update(package.name, fixed),
        by=alert.dismissed_by.login,
        reason=alert.dismissed_comment or alert.dismissed_reason.replace("_", " "),
    )
    return [_dependency(hook, ctx, alert.number, told)]


def read_old(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`repository_vulnerability_alert`."""
    hook = AlertHook.of(payload)
    alert = OldAlert.of(hook.alert)
    if not alert.number:
        raise Unreadable(_NOTHING)
    told = Alert(
        action=hook.action,
        title=alert.affected_package_name,
        severity=alert.severity,
        state=_STATES.get(hook.action, alert.state),
        at=alert.changed,
        rank=int(hook.action != "create"),
        url=f"{hook.repository.html_url}/security/dependabot/{alert.number}",
        ids=tuple(name for name in (alert.ghsa_id, alert.external_identifier) if name),
        lines=(_affected(alert.affected_range, alert.fixed_in),),
        next=_update(alert.affected_package_name, alert.fixed_in),
        by=alert.dismisser.login,
        reason=alert.dismiss_reason,
    )
    return [_dependency(hook, ctx, alert.number, told)]


def read_code(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`code_scanning_alert`."""
    hook = AlertHook.of(payload)
    alert = CodeAlert.of(hook.alert)
    if not alert.number:
        raise Unreadable(_NOTHING)
    instance = alert.most_recent_instance
    if not instance.location.path and alert.instances:
        instance = alert.instances[0]
    place, tool = _place(instance), alert.tool.name
    told = Alert(
        action=hook.action,
        title=alert.rule.description or alert.rule.id,
        severity=alert.rule.security_severity_level or alert.rule.severity,
        state=_STATES.get(hook.action, alert.state),
        at=alert.changed,
        rank=int(hook.action != "created"),
        url=alert.html_url,
        lines=tuple(line for line in (place, f"Found by {quoted(tool, 60)}" if tool else "") if line),
        next=NEXT_CODE,
        by=alert.dismissed_by.login,
        reason=alert.dismissed_comment or alert.dismissed_reason,
        branch=branch_of(hook.ref or instance.ref),
    )
    label = f"code-scanning {alert.number}"
    return [tell(hook, ctx, f"code-scanning:{alert.number}", label, told)]


def _dependency(hook: Hook, ctx: ReadContext, number: int, alert: Alert) -> Relay:
    return tell(hook, ctx, f"dependabot:{number}", f"dependabot {number}", alert)


def _affected(versions: str, fixed: str) -> str:
    told = f"Affected: {quoted(versions, 60)}" if versions else "Affected: all versions"
    return f"{told}; fixed in {quoted(fixed, 60)}" if fixed else f"{told}; not fixed yet"


def _update(package: str, fixed: str) -> str:
    if not fixed:
        return NEXT_NO_FIX
    return NEXT_UPDATE.format(package=quoted(package, 60), version=quoted(fixed, 60))


def _place(instance: Instance) -> str:
    location = instance.location
    if not location.path:
        return ""
    line = f", line {location.start_line}" if location.start_line else ""
    branch = f" on {inline(branch_of(instance.ref), 60)}" if instance.ref else ""
    return f"In {to(quoted(location.path), '')}{line}{branch}"
