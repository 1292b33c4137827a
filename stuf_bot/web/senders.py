"""Who may send, and how each is known: one hook a source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import SecretStr

from stuf_bot.clock import Clock, utc_now
from stuf_bot.web import sns
from stuf_bot.web.azure import azure_delivery
from stuf_bot.web.checks import Accepted
from stuf_bot.web.door import Hook
from stuf_bot.web.github import github_delivery
from stuf_bot.web.sentry import sentry_delivery
from stuf_bot.web.sns_certificates import Certificates
from stuf_bot.web.stuf import Secret, stuf_delivery


@dataclass(frozen=True, slots=True)
class Senders:
    """What each sender is known by; of those with several secrets any one will do, while one is changed.

    `stuf` gives a STUF's notify key by its slug. `topics`: the ARNs of SNS topics.
    """

    stuf: Secret
    github: Sequence[SecretStr] = ()
    sentry: Sequence[SecretStr] = ()
    azure: Sequence[SecretStr] = ()
    topics: Sequence[str] = ()


def hooks(
    senders: Senders, *, certificates: Certificates | None = None, clock: Clock = utc_now
) -> dict[str, Hook]:
    """The hooks at /hooks/, by their names."""
    signers = certificates or Certificates(clock=clock)

    def cloud(headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> Accepted:
        if sns.TYPE in headers:
            return sns.sns_delivery(headers, body, senders.topics, signers, clock())
        return azure_delivery(headers, query, body, senders.azure)

    return {
        "stuf": Hook(
            lambda headers, _, body: stuf_delivery(headers, body, senders.stuf, clock()), waits=True
        ),
        "github": Hook(lambda headers, _, body: github_delivery(headers, body, senders.github)),
        "sentry": Hook(lambda headers, _, body: sentry_delivery(headers, body, senders.sentry, clock())),
        "cloud": Hook(cloud, waits=True),
    }
