"""What a request to AWS asks for, as far as it can be seen from outside."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, unquote

from sandbox.aws.forward import Scope

_CREDENTIAL: Final = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([^/]+)/aws4_request")
# Objects are large and pass through as a stream; everything else is small and may be looked at.
_STREAMED: Final = "s3"


@dataclass(frozen=True)
class Call:
    """`service` is the one that the request was signed for, '' for an unsigned or presigned one."""

    service: str
    method: str
    path: str
    action: str = ""
    query: str = ""

    @property
    def streamed(self) -> bool:
        """Whether the body has to pass without being held."""
        return self.service in {"", _STREAMED}


def call_of(scope: Scope) -> Call:
    """The call, without its action."""
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    signed = _CREDENTIAL.search(headers.get(b"authorization", ""))
    service = signed.group(1) if signed else ""
    action = headers.get(b"x-amz-target", "").rpartition(".")[2]
    query = unquote(scope.get("query_string", b"").decode("latin-1"))
    return Call(service, scope["method"], unquote(scope["path"]), action, query)


def action_in(call: Call, body: bytes) -> str:
    """The action of a query-style or an RPC-style call."""
    if call.action:
        return call.action
    if "/operation/" in call.path:
        return call.path.rpartition("/operation/")[2]
    return parse_qs(body.decode("latin-1")).get("Action", [""])[0]
