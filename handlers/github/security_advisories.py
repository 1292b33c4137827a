"""`security_advisory` and `repository_advisory`: what is known to be wrong in packages, ours among them or not.

GitHub tells an App of every advisory of the world. One that names a package that the bot or the STUFs run is news; the
others are lines of a card.
"""

import re
from collections.abc import Iterable
from functools import cache
from importlib import metadata, resources
from typing import Final

from handlers.github.activity import told
from handlers.github.reading import Account, Facts, Hook, Json, Moment, ReadContext, Unreadable
from handlers.github.security import Vulnerability
from handlers.github.security_alerts import CRITICAL, severity
from handlers.github.shared import lines, linked, listed, person, quoted, repository_link, when
from stuf_bot.acts import Lane
from stuf_bot.relays import News, Relay, Subject

OTHERS = "Advisory {name} ({severity}): {summary}"
OURS = "⚠ {name} ({severity}) concerns what we run, {packages}: {summary}. {next}"
CARD = "{name}: {severity} · {state}"
NEXT = "Next: look whether the versions below are ours; if so, raise them, then deploy."
REPORTED = "{who} {did} the advisory {name} ({severity}) of {repository}: {summary}. {next}"
NEXT_REPORTED = "Next: an administrator of the repository reads it on GitHub and answers there."

_DEEDS: Final = {"reported": "**reported**", "published": "**published**"}
_WITHDRAWN: Final = "withdrawn"
_NAME: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)")
_MOST: Final = 6


class Advisory(Facts):
    """An advisory, of the world or of a repository."""

    ghsa_id: str = ""
    cve_id: str = ""
    summary: str = ""
    severity: str = ""
    html_url: str = ""
    state: str = ""
    published_at: Moment = None
    updated_at: Moment = None
    withdrawn_at: Moment = None
    author: Account = Account()
    vulnerabilities: tuple[Vulnerability, ...] = ()


class AdvisoryHook(Hook):
    """Both kinds."""

    security_advisory: Advisory = Advisory()
    repository_advisory: Advisory = Advisory()


def read(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`security_advisory`."""
    hook = AdvisoryHook.of(payload)
    advisory = hook.security_advisory
    if not advisory.ghsa_id:
        raise Unreadable("an advisory without an id")
    ours = sorted({weak.package.name for weak in advisory.vulnerabilities if _is_ours(weak)})
    if ours:
        return [_ours(hook, ctx, advisory, ours)]
    text = OTHERS.format(
        name=_name(advisory), severity=_severity(advisory), summary=quoted(advisory.summary, 100)
    )
    return [told(hook, ctx, text, kind="security", at=advisory.updated_at or advisory.published_at)]


def read_of_repository(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`repository_advisory`: reported by somebody, or published by its people."""
    hook = AdvisoryHook.of(payload)
    advisory = hook.repository_advisory
    text = REPORTED.format(
        who=person(advisory.author if advisory.author.login else hook.sender, ctx),
        did=_DEEDS.get(hook.action) or quoted(hook.action, 40),
        name=_name(advisory),
        severity=_severity(advisory),
        repository=repository_link(hook.repository),
        summary=quoted(advisory.summary or "without a summary"),
        next=NEXT_REPORTED if hook.action == "reported" else "",
    )
    return [told(hook, ctx, text.strip(), kind="security", at=advisory.updated_at, news=True)]


def _ours(hook: Hook, ctx: ReadContext, advisory: Advisory, packages: list[str]) -> Relay:
    about = Subject(f"github:advisory:{advisory.ghsa_id}", "", advisory.ghsa_id, advisory.summary)
    kept = ctx.objects.read(ctx.session, about.key) or {}
    at = (advisory.updated_at or advisory.published_at or ctx.now).isoformat()
    withdrawn = hook.action == _WITHDRAWN or advisory.withdrawn_at is not None
    # An older word changes nothing; of two of one time the one that withdraws holds.
    if (kept.get("at", ""), kept.get("withdrawn", False)) > (at, withdrawn):
        return Relay(about, "security", status=hook.action)
    ctx.objects.keep(ctx.session, about.key, "", {"at": at, "withdrawn": withdrawn})
    names = ", ".join(listed([quoted(name, 60) for name in packages], _MOST))
    text = OURS.format(
        name=_name(advisory),
        severity=_severity(advisory),
        packages=names,
        summary=quoted(advisory.summary),
        next=NEXT,
    )
    weak = [one for one in advisory.vulnerabilities if _is_ours(one)]
    urgent = severity(advisory.severity) == CRITICAL and not withdrawn
    return Relay(
        about,
        "security",
        status=_WITHDRAWN if withdrawn else "published",
        card=lines(
            CARD.format(
                name=_name(advisory),
                severity=_severity(advisory),
                state=_WITHDRAWN if withdrawn else f"concerns {names}",
            ),
            f"- {quoted(advisory.summary)}",
            *(f"- {line}" for line in listed([_versions(one) for one in weak], _MOST)),
            f"- Changed: {when(advisory.updated_at)}" if advisory.updated_at else "",
            "" if withdrawn else NEXT,
        ),
        news=() if withdrawn else (News("published", text),),
        done=withdrawn,
        lane=Lane.INCIDENT if urgent else Lane.REPOSITORY,
    )


def _versions(weak: Vulnerability) -> str:
    fixed = weak.first_patched_version.identifier
    told = f"{quoted(weak.package.name, 60)} {quoted(weak.vulnerable_version_range or 'all versions', 60)}"
    return f"{told}, fixed in {quoted(fixed, 60)}" if fixed else f"{told}, not fixed yet"


def _name(advisory: Advisory) -> str:
    name = advisory.ghsa_id or "an advisory"
    return linked(name, advisory.html_url or f"https://github.com/advisories/{name}")


def _severity(advisory: Advisory) -> str:
    return quoted(severity(advisory.severity), 40)


def _is_ours(weak: Vulnerability) -> bool:
    return weak.package.ecosystem.lower() == "pip" and _plain(weak.package.name) in _packages()


@cache
def _packages() -> frozenset[str]:
    """What the bot has installed, and what the API of every STUF is built from."""
    installed = {str(each.metadata["Name"]) for each in metadata.distributions()}
    template = resources.files("provisioning") / "template" / "application" / "api" / "requirements.txt"
    named = {found[1] for line in template.read_text("utf-8").splitlines() if (found := _NAME.match(line))}
    return frozenset(_plain(name) for name in installed | named)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
