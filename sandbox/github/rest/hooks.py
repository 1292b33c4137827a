"""Webhooks of a repository, their deliveries, and sending one again."""

from typing import Any
from urllib.parse import urlsplit

from sandbox.github import git, records
from sandbox.github.calls import Answer, Api, ApiError, Call, not_found, page_size, timestamp
from sandbox.github.pushes import RefChange, push_payload

API = Api()
_MOST = 20


@API("GET", "/repos/{owner}/{repo}/hooks")
def listing(call: Call) -> Answer:
    row = call.administered()
    return call.page([shape(call.base, row, hook) for hook in call.realm.hooks.where(repository=row.id)])


@API("POST", "/repos/{owner}/{repo}/hooks")
def create(call: Call) -> Answer:
    row = call.administered()
    if call.body.get("name", "web") != "web":
        raise ApiError(422, "Validation Failed", [{"resource": "Hook", "code": "invalid", "field": "name"}])
    config = _config(call.body.get("config"))
    same = call.realm.hooks.where(repository=row.id, url=config["url"])
    if same:
        taken = {"resource": "Hook", "code": "custom", "message": "Hook already exists on this repository"}
        raise ApiError(422, "Validation Failed", [taken])
    if len(call.realm.hooks.where(repository=row.id)) >= _MOST:
        raise ApiError(
            422,
            "Validation Failed",
            [
                {
                    "resource": "Hook",
                    "code": "custom",
                    "message": 'The "push" event cannot have more than 20 hooks',
                }
            ],
        )
    now = call.realm.clock()
    hook = call.realm.hooks.add(
        repository=row.id,
        **config,
        events=tuple(call.body.get("events") or ["push"]),
        active=bool(call.body.get("active", True)),
        created_at=now,
        updated_at=now,
    )
    _ping(call, row, hook)
    return Answer(201, shape(call.base, row, hook))


@API("GET", "/repos/{owner}/{repo}/hooks/{hook_id:int}")
def read(call: Call) -> dict[str, Any]:
    row = call.administered()
    return shape(call.base, row, _there(call, row))


@API("PATCH", "/repos/{owner}/{repo}/hooks/{hook_id:int}")
def change(call: Call) -> dict[str, Any]:
    row = call.administered()
    hook = _there(call, row)
    events = set(call.body.get("events") or hook.events)
    events = (events | set(call.body.get("add_events") or [])) - set(call.body.get("remove_events") or [])
    fields = _config(call.body["config"], hook) if "config" in call.body else {}
    hook = call.realm.hooks.change(
        hook.id,
        **fields,
        events=tuple(sorted(events)),
        active=bool(call.body.get("active", hook.active)),
        updated_at=call.realm.clock(),
    )
    return shape(call.base, row, hook)


@API("DELETE", "/repos/{owner}/{repo}/hooks/{hook_id:int}")
def delete(call: Call) -> None:
    row = call.administered()
    call.realm.hooks.remove(_there(call, row).id)


@API("GET", "/repos/{owner}/{repo}/hooks/{hook_id:int}/config")
def config(call: Call) -> dict[str, Any]:
    row = call.administered()
    return config_shape(_there(call, row))


@API("PATCH", "/repos/{owner}/{repo}/hooks/{hook_id:int}/config")
def change_config(call: Call) -> dict[str, Any]:
    row = call.administered()
    hook = _there(call, row)
    fields = _config({"url": hook.url, **call.body}, hook)
    return config_shape(call.realm.hooks.change(hook.id, **fields, updated_at=call.realm.clock()))


@API("POST", "/repos/{owner}/{repo}/hooks/{hook_id:int}/pings")
def ping(call: Call) -> None:
    row = call.administered()
    _ping(call, row, _there(call, row))


@API("POST", "/repos/{owner}/{repo}/hooks/{hook_id:int}/tests")
def test(call: Call) -> None:
    row = call.administered()
    hook = _there(call, row)
    bare = call.realm.bare(row)
    head = bare.resolve(row.default_branch)
    if "push" in hook.events and head:
        parents = bare.commit(head).parents
        last = RefChange(f"refs/heads/{row.default_branch}", parents[0] if parents else git.NOBODY, head)
        call.realm.post.send(hook, "push", call.login(), push_payload(call.realm, row, last, call.login()))


@API("GET", "/repos/{owner}/{repo}/hooks/{hook_id:int}/deliveries")
def deliveries(call: Call) -> Answer:
    row = call.administered()
    return delivered(call, _there(call, row))


@API("GET", "/repos/{owner}/{repo}/hooks/{hook_id:int}/deliveries/{delivery_id:int}")
def delivery(call: Call) -> dict[str, Any]:
    row = call.administered()
    hook = _there(call, row)
    return whole(one_delivery(call, hook), hook)


@API("POST", "/repos/{owner}/{repo}/hooks/{hook_id:int}/deliveries/{delivery_id:int}/attempts")
def attempt(call: Call) -> Answer:
    row = call.administered()
    call.realm.post.repeat(one_delivery(call, _there(call, row)))
    return Answer(202, {})


def delivered(call: Call, hook: records.Hook) -> Answer:
    """A page of the deliveries of a hook, the newest first."""
    found = sorted(call.realm.deliveries.where(hook=hook.id), key=lambda one: -one.id)
    if wanted := call.query.get("status"):
        found = [one for one in found if (one.status == "OK") == (wanted == "success")]
    size = page_size(call.query)
    cursor = call.query.get("cursor", "")
    if cursor.isdigit():
        found = [one for one in found if one.id < int(cursor)]
    part, link = found[:size], {}
    if len(found) > size:
        address = f"{call.base}{call.request.url.path}?per_page={size}&cursor={part[-1].id}"
        link = {"Link": f'<{address}>; rel="next"'}
    return Answer(200, [_item(one, hook) for one in part], link)


def one_delivery(call: Call, hook: records.Hook) -> records.Delivery:
    """The delivery of the address. Raises 404."""
    one = call.realm.deliveries.get(call.path["delivery_id"])
    if one is None or one.hook != hook.id:
        raise not_found()
    return one


def whole(one: records.Delivery, hook: records.Hook) -> dict[str, Any]:
    """A `hook-delivery`."""
    return {
        **_item(one, hook),
        "url": hook.url,
        "request": {"headers": one.request_headers, "payload": one.payload},
        "response": {"headers": one.response_headers, "payload": one.response_body},
    }


def shape(base: str, row: records.Repository, hook: records.Hook) -> dict[str, Any]:
    """A `hook`; its secret is never shown."""
    url = f"{base}/repos/{row.full_name}/hooks/{hook.id}"
    return {
        "type": "Repository",
        "id": hook.id,
        "name": "web",
        "active": hook.active,
        "events": list(hook.events),
        "config": config_shape(hook),
        "updated_at": timestamp(hook.updated_at),
        "created_at": timestamp(hook.created_at),
        "url": url,
        "test_url": f"{url}/test",
        "ping_url": f"{url}/pings",
        "deliveries_url": f"{url}/deliveries",
        "last_response": {"code": hook.last_code, "status": hook.last_status, "message": hook.last_message},
    }


def config_shape(hook: records.Hook) -> dict[str, Any]:
    """A `webhook-config`."""
    shown = {"content_type": hook.content_type, "insecure_ssl": hook.insecure_ssl, "url": hook.url}
    return {**shown, "secret": "********"} if hook.secret else shown


def _config(given: Any, hook: records.Hook | None = None) -> dict[str, Any]:
    given = given if isinstance(given, dict) else {}
    url = str(given.get("url", ""))
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
        wrong = {"resource": "Hook", "code": "custom", "field": "url", "message": "url is invalid"}
        raise ApiError(422, "Validation Failed", [wrong])
    kind = given.get("content_type", hook.content_type if hook else "form")
    if kind not in {"json", "form"}:
        raise ApiError(
            422, "Validation Failed", [{"resource": "Hook", "code": "invalid", "field": "content_type"}]
        )
    return {
        "url": url,
        "content_type": kind,
        "secret": given.get("secret", hook.secret if hook and "secret" in given else None) or None,
        "insecure_ssl": str(given.get("insecure_ssl", hook.insecure_ssl if hook else "0")),
    }


def _ping(call: Call, row: records.Repository, hook: records.Hook) -> None:
    content = {
        "zen": "Keep it logically awesome.",
        "hook_id": hook.id,
        "hook": shape(call.realm.url, row, hook),
    }
    call.realm.post.send(hook, "ping", call.login(), content)


def _there(call: Call, row: records.Repository) -> records.Hook:
    hook = call.realm.hooks.get(call.path["hook_id"])
    if hook is None or hook.repository != row.id:
        raise not_found()
    return hook


def _item(one: records.Delivery, hook: records.Hook) -> dict[str, Any]:
    return {
        "id": one.id,
        "guid": one.guid,
        "delivered_at": timestamp(one.delivered_at),
        "redelivery": one.redelivery,
        "duration": round(one.duration, 2),
        "status": one.status,
        "status_code": one.status_code,
        "event": one.event,
        "action": one.action,
        "installation_id": one.payload.get("installation", {}).get("id") if hook.app else None,
        "repository_id": one.repository,
        "throttled_at": None,
    }
