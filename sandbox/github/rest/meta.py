"""What a client asks about the server itself."""

from typing import Any

from sandbox.github.calls import Api, Call
from sandbox.github.versions import OLDEST, VERSIONS

API = Api()
_LIMIT = {"limit": 5000, "used": 0, "remaining": 5000}


@API("GET", "/meta")
def meta(call: Call) -> dict[str, Any]:
    del call
    return {
        "verifiable_password_authentication": False,
        "hooks": ["127.0.0.1/32"],
        "web": ["127.0.0.1/32"],
        "api": ["127.0.0.1/32"],
        "git": ["127.0.0.1/32"],
        "actions": ["127.0.0.1/32"],
    }


@API("GET", "/versions")
def versions(call: Call) -> list[str]:
    del call
    return list(VERSIONS)


@API("GET", "/rate_limit")
def rate_limit(call: Call) -> dict[str, Any]:
    rate = {**_LIMIT, "reset": int(call.realm.clock()) + 3600}
    resources = {"core": rate, "search": rate, "graphql": rate}
    return {"resources": resources, **({"rate": rate} if call.version == OLDEST else {})}
