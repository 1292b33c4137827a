"""Calls over the connections that the official client has set up, without its ado for each.

The client composes every request anew out of the environment, cookies and hooks, which costs as much
as a call to Zulip on the same machine takes. Who we are, the certificates and the connections stay its own.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import requests
import urllib3
import zulip
from requests.adapters import HTTPAdapter

_CALL_SECONDS = 15.0
_POLL_SECONDS = 90.0
"""Zulip says something every 45 to 55 seconds, if only that it is there."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: JSON, or None where it was none."""

    status: int
    headers: Mapping[str, str]
    content: Any


class Wire:
    """The way to one realm, as one account. Any thread may call."""

    def __init__(self, pool: urllib3.HTTPConnectionPool, base: str, headers: Mapping[str, str]) -> None:
        self._pool = pool
        self._base = urlsplit(urljoin(base, zulip.API_VERSTRING)).path
        self._headers = dict(headers)
        self._form = self._headers | {"Content-Type": "application/x-www-form-urlencoded"}

    def call(
        self,
        path: str,
        method: str,
        request: Mapping[str, Any],
        *,
        poll: bool = False,
        timeout: float | None = None,
    ) -> Answer:
        """Ask an endpoint, once: nothing is repeated, no redirection followed. Raises urllib3's errors.

        Strings go out as they are, the rest as JSON; what is None is left out.
        """
        form = urlencode(
            {
                name: value if isinstance(value, str) else json.dumps(value)
                for name, value in request.items()
                if value is not None
            }
        )
        target = self._base + path
        reading = method == "GET"
        response = self._pool.urlopen(
            method,
            f"{target}?{form}" if reading and form else target,
            body=None if reading else form,
            headers=self._headers if reading else self._form,
            timeout=_POLL_SECONDS if poll else timeout or _CALL_SECONDS,
            retries=False,
        )
        try:
            content = json.loads(response.data)
        except ValueError:
            content = None
        return Answer(response.status, response.headers, content)


def wire(client: zulip.Client) -> Wire | None:
    """The way that the client's session would take; None where a proxy stands in it: that is left to the session."""
    client.ensure_session()
    session: requests.Session | None = client.session
    if session is None:
        return None
    there = session.prepare_request(requests.Request("GET", client.base_url))
    way = session.merge_environment_settings(client.base_url, {}, None, None, None)
    adapter = session.get_adapter(client.base_url)
    if requests.utils.select_proxy(client.base_url, way["proxies"]) or not isinstance(adapter, HTTPAdapter):
        return None
    pool = adapter.get_connection_with_tls_context(there, way["verify"], cert=way["cert"])
    return (
        Wire(pool, client.base_url, there.headers) if isinstance(pool, urllib3.HTTPConnectionPool) else None
    )
