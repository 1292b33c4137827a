"""The outside services as the settings name them: Zulip, GitHub, AWS, and the STUFs themselves."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from pydantic import SecretBytes, SecretStr

from provisioning.fleet import Fleet
from provisioning.github import AppKey, GitHub
from provisioning.github_access import GitHubAccess
from provisioning.github_commits import GitHubCommits
from provisioning.glass_reading import GitHubGlass
from provisioning.models import StufOutputs
from provisioning.operations.services import Nudges, Services
from provisioning.storage import AwsAccess, SecretCache, Storage
from provisioning.verification import Verification, derive_key
from stuf_bot.bootstrap.commits import commit_errands
from stuf_bot.bootstrap.readers import BY_CLOCK, access_errands
from stuf_bot.bootstrap.recorded import record_errands
from stuf_bot.bootstrap.sentry import ASKED, SentryParts, sentry_parts
from stuf_bot.chat.budget import Budget
from stuf_bot.chat.zulip_api import ZulipApi
from stuf_bot.clock import utc_now
from stuf_bot.errands import Run
from stuf_bot.settings import Settings
from stuf_bot.store.database import Database
from stuf_bot.web.sns import CONFIRM
from stuf_bot.web.sns_confirm import confirmation

G = TypeVar("G", bound=GitHub)

PERIODIC: Mapping[str, timedelta] = BY_CLOCK
"""Errands that the clock puts, and how often; those of a service that is not configured are left out."""

URGENT: Collection[str] = (CONFIRM, *ASKED)
"""Errands that people wait for, or a sender that asks but once."""


def zulip_api(settings: Settings, meter: Budget) -> ZulipApi:
    """The bot's account."""
    given = settings.zulip
    if given.zuliprc is not None:
        return ZulipApi.from_zuliprc(given.zuliprc, meter)
    return ZulipApi.from_account(given.site, given.email, given.key.get_secret_value(), meter)


def github(settings: Settings, kind: type[G] = GitHub) -> G:  # type: ignore[assignment]
    """The control repository, with the account that the settings name, as a `kind` of client."""
    given = settings.github
    app = None
    if given.app_id is not None and given.private_key_file is not None:
        key = SecretStr(given.private_key_file.read_text(encoding="utf-8"))
        app = AppKey(given.app_id, key, given.installation_id)
    return kind(
        repository=given.control_repository,
        token=given.token,
        app=app,
        url=given.url,
        ref=given.ref,
    )


def aws(settings: Settings) -> AwsAccess:
    """How AWS is reached."""
    given = settings.aws
    return AwsAccess(
        endpoint_url=given.endpoint_url,
        access_key_id=given.access_key_id,
        secret_access_key=given.secret_access_key,
    )


def services(
    settings: Settings, database: Database, nudges: Nudges, *, clock: Callable[[], datetime] = utc_now
) -> tuple[Services, SentryParts | None]:
    """What the operations work with, and Sentry where it is configured."""
    access = aws(settings)

    def storage(outputs: StufOutputs) -> Storage:
        return Storage(outputs, access)

    def verification(outputs: StufOutputs) -> Verification:
        return Verification(outputs.address, outputs.slug, storage(outputs).secret)

    sentry = sentry_parts(settings, database, storage, clock=clock)
    work = Services(
        session=database.session,
        github=github(settings),
        owner=settings.github.instance_owner,
        storage=storage,
        verification=verification,
        sentry=sentry.maker if sentry else None,
        nudges=nudges,
        poll_seconds=settings.github.poll_seconds,
    )
    return work, sentry


def errand_kinds(settings: Settings, sentry: SentryParts | None) -> dict[str, Run]:
    """What runs each kind of errand, for the services that are configured."""
    kinds: dict[str, Run] = {CONFIRM: confirmation()} if settings.cloud.topics else {}
    kinds |= commit_errands(github(settings, GitHubCommits))
    kinds |= record_errands(github(settings, GitHubGlass))
    kinds |= access_errands(github(settings, GitHubAccess))
    return {**kinds, **sentry.errands} if sentry else kinds


def notify_key(database: Database, fleet: Fleet, storage: Callable[[StufOutputs], Storage]) -> SecretCache:
    """The keys by which STUFs sign what they tell the bot; read from each STUF's own secret."""

    def find(slug: str) -> tuple[datetime, StufOutputs] | None:
        with database.reading() as session:
            stuf = fleet.get(session, slug)
        return None if stuf is None or stuf.outputs is None else (stuf.created_at, stuf.outputs)

    def identity(slug: str) -> tuple[datetime, str] | None:
        found = find(slug)
        return (found[0], found[1].secret_arn) if found else None

    def read(slug: str) -> SecretBytes | None:
        found = find(slug)
        return derive_key(storage(found[1]).secret(), "notify") if found else None

    return SecretCache(read, identity=identity)
