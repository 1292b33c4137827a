"""The webhook of an App, its deliveries, and sending one again."""

from typing import Any

from sandbox.github import records
from sandbox.github.calls import Answer, Api, ApiError, Call, not_found
from sandbox.github.rest.hooks import config_shape, delivered, one_delivery, whole

API = Api()


@API("GET", "/app/hook/config")
def config(call: Call) -> dict[str, Any]:
    return config_shape(_hook(call))


@API("GET", "/app/hook/deliveries")
def deliveries(call: Call) -> Answer:
    return delivered(call, _hook(call))


@API("GET", "/app/hook/deliveries/{delivery_id:int}")
def delivery(call: Call) -> dict[str, Any]:
    hook = _hook(call)
    return whole(one_delivery(call, hook), hook)


@API("POST", "/app/hook/deliveries/{delivery_id:int}/attempts")
def attempt(call: Call) -> Answer:
    call.realm.post.repeat(one_delivery(call, _hook(call)))
    return Answer(202, {})


def _hook(call: Call) -> records.Hook:
    """The hook of the App that asks. Raises 401 for anybody else, 404 where it has none."""
    app = call.caller.app
    if app is None:
        raise ApiError(401, "A JSON web token could not be decoded")
    hook = call.realm.hooks.find(lambda row: row.app == app.id)
    if hook is None:
        raise not_found()
    return hook
