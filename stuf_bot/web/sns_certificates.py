"""The certificates that SNS signs with: read over https from SNS itself, looked at, and kept."""

import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import requests
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import ExtensionOID, NameOID

from stuf_bot.clock import Clock, utc_now
from stuf_bot.web.bodies import Refused
from stuf_bot.web.rates import Rates

log = logging.getLogger(__name__)

Fetch = Callable[[str], bytes]
"""Reads an address. Raises OSError."""

_SECONDS = 3.0
_LARGEST = 20_000
_SMALLEST_KEY = 2048
_MOST = 50
_FETCHES_A_SECOND = 0.2
# By the region, SNS is sns.amazonaws.com, sns.<region>.…, or sns-signing.<region>.…
_NAMES = re.compile(r"sns(?:-[a-z0-9-]+)?(?:\.[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?")


@dataclass(frozen=True, slots=True)
class _Kept:
    key: RSAPublicKey
    begins: datetime
    ends: datetime


class Certificates:
    """Keys by the address of their certificate. May be asked by several threads.

    The address has to be checked before: that it is SNS' own, read over https and without redirects, is what
    makes its certificate SNS'. What is forged cannot make the bot read more than a few addresses.
    """

    def __init__(
        self,
        fetch: Fetch | None = None,
        *,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch or read
        self._clock = clock
        self._fetches = Rates(_FETCHES_A_SECOND, monotonic=monotonic)
        self._fetching = threading.Lock()
        self._kept: dict[str, _Kept] = {}

    def key(self, address: str) -> RSAPublicKey:
        """The key. Raises Refused, for now or for good."""
        kept = self._kept.get(address)
        if kept is None:
            with self._fetching:
                kept = self._kept.get(address) or self._had(address)
        if not kept.begins <= self._clock() <= kept.ends:
            raise _unfit()
        return kept.key

    def _had(self, address: str) -> _Kept:
        wait = self._fetches.take("")
        if wait > 0:
            raise Refused(503, "the certificate cannot be read now", "certificate-away", again=wait)
        try:
            content = self._fetch(address)
        except OSError as error:
            log.info("SNS' certificate could not be read: %s", type(error).__name__)
            raise Refused(
                503, "the certificate cannot be read now", "certificate-away", again=30.0
            ) from error
        kept = _looked_at(content)
        if len(self._kept) >= _MOST:
            self._kept.pop(next(iter(self._kept)))
        self._kept[address] = kept
        return kept


def read(address: str) -> bytes:
    """What lies at an address, without following where it leads on. Raises OSError."""
    with requests.get(address, timeout=_SECONDS, allow_redirects=False, stream=True) as answer:
        if answer.status_code != requests.codes.ok:
            raise OSError(f"answered {answer.status_code}")
        content = bytearray()
        for piece in answer.iter_content(_LARGEST):
            content += piece
            if len(content) > _LARGEST:
                raise OSError("too large for a certificate")
        return bytes(content)


def _looked_at(content: bytes) -> _Kept:
    try:
        certificate = x509.load_pem_x509_certificate(content)
        key = certificate.public_key()
        names = _names(certificate)
    except ValueError as error:
        raise _unfit() from error
    if not isinstance(key, RSAPublicKey) or key.key_size < _SMALLEST_KEY:
        raise _unfit()
    if not any(_NAMES.fullmatch(name) for name in names):
        raise _unfit()
    return _Kept(key, certificate.not_valid_before_utc, certificate.not_valid_after_utc)


def _names(certificate: x509.Certificate) -> list[str]:
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    names = [str(attribute.value) for attribute in common]
    try:
        others = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    except x509.ExtensionNotFound:
        return names
    if isinstance(others, x509.SubjectAlternativeName):
        names += others.get_values_for_type(x509.DNSName)
    return names


def _unfit() -> Refused:
    return Refused(401, "the certificate is not one of SNS", "certificate")
