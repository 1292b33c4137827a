"""Figures for Prometheus: what the door counts, and what is read from the database when they are asked for."""

import hmac
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from stuf_bot.store.database import Database

log = logging.getLogger(__name__)

_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_PASSED_ON = ("x-forwarded-for", "forwarded", "x-forwarded-host", "x-real-ip", "via")


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure that is read when it is asked for: values by the value of the label ("" where it has none).

    `counts`: it only grows, until the next start.
    """

    name: str
    help: str
    label: str
    read: Callable[[Session], Mapping[str, float]]
    counts: bool = False


class Metrics:
    """The bot's figures, in a registry of their own. `readings` are read in one transaction a scrape."""

    def __init__(self, database: Database | None = None, readings: Iterable[Reading] = ()) -> None:
        self._registry = CollectorRegistry()
        self._deliveries = Counter(
            "stuf_bot_deliveries",
            "Deliveries since the start, by source and by what came of them.",
            ("source", "outcome"),
            registry=self._registry,
        )
        self._answers = Histogram(
            "stuf_bot_delivery_answer_seconds",
            "From the last byte of a delivery to its answer.",
            ("source",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._errors = Counter(
            "stuf_bot_errors",
            "Entries of the log since the start, by level.",
            ("level",),
            registry=self._registry,
        )
        if database is not None:
            self._registry.register(_Readings(database, tuple(readings)))

    def delivery(self, source: str, outcome: str, seconds: float) -> None:
        """Count the answer to a delivery; all texts are ours."""
        self._deliveries.labels(source, outcome).inc()
        self._answers.labels(source).observe(seconds)

    def handler(self) -> logging.Handler:
        """For the log: counts warnings and what is worse."""
        return _Counting(self._errors)

    def text(self) -> bytes:
        """All figures as Prometheus reads them."""
        return generate_latest(self._registry)


def metrics_page(metrics: Metrics, token: SecretStr | None) -> Callable[[Request], Awaitable[Response]]:
    """The page: for who shows the token; without one for this machine, and not through a proxy."""

    async def answer(request: Request) -> Response:
        if not _may_read(request, token):
            return PlainTextResponse(
                "only for this machine, or with the token of [web] metrics_token\n",
                401 if token else 403,
                headers={"WWW-Authenticate": "Bearer"} if token else None,
            )
        return Response(await run_in_threadpool(metrics.text), media_type=CONTENT_TYPE_LATEST)

    return answer


def _may_read(request: Request, token: SecretStr | None) -> bool:
    if token is not None:
        wanted = f"Bearer {token.get_secret_value()}".encode()
        return hmac.compare_digest(
            wanted, request.headers.get("authorization", "").encode("utf-8", "replace")
        )
    if request.client is None or any(name in request.headers for name in _PASSED_ON):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


class _Readings(Collector):
    def __init__(self, database: Database, readings: tuple[Reading, ...]) -> None:
        self._database = database
        self._readings = readings

    def collect(self) -> Iterator[Metric]:
        try:
            with self._database.reading() as session:
                found = [(reading, dict(reading.read(session))) for reading in self._readings]
        except SQLAlchemyError:
            # What was counted is told all the same.
            log.warning("the figures could not be read", exc_info=True)
            return
        for reading, values in found:
            labels = (reading.label,) if reading.label else ()
            kind = CounterMetricFamily if reading.counts else GaugeMetricFamily
            family = kind(reading.name, reading.help, labels=labels)
            for value, number in values.items():
                family.add_metric((value,) if labels else (), number)
            yield family

    def describe(self) -> list[Metric]:
        """Nothing is read before it is asked for."""
        return []


class _Counting(logging.Handler):
    def __init__(self, counter: Counter) -> None:
        super().__init__(logging.WARNING)
        self._counter = counter

    def emit(self, record: logging.LogRecord) -> None:
        self._counter.labels(record.levelname.lower()).inc()
