"""Git's smart HTTP protocol, served by `git http-backend` over the bare repositories."""

import asyncio
import tempfile
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.github import access, git, records
from sandbox.github.calls import credentials
from sandbox.github.pushes import announce_push
from sandbox.github.realm import Realm

_SERVICES = ("git-upload-pack", "git-receive-pack")
_WRITE = 3


def routes(realm: Realm) -> list[Route]:
    """The three addresses of the protocol, with and without `.git` behind the name."""
    end = SmartHttp(realm)
    return [
        Route("/{owner}/{repo}/info/refs", end.answer, methods=["GET"]),
        Route("/{owner}/{repo}/git-upload-pack", end.answer, methods=["POST"]),
        Route("/{owner}/{repo}/git-receive-pack", end.answer, methods=["POST"]),
    ]


class SmartHttp:
    """Checks who may, hands the request to `git http-backend`, and tells what was pushed."""

    def __init__(self, realm: Realm) -> None:
        self._realm = realm
        self._pushing: dict[int, asyncio.Lock] = {}

    async def answer(self, request: Request) -> Response:
        last = request.url.path.rsplit("/", 1)[1]
        service = request.query_params.get("service", "") if last == "refs" else last
        if service not in _SERVICES:
            return PlainTextResponse("Please upgrade your git client.\n", 403)
        found, caller = self._repository(request), self._caller(request)
        if caller is None:
            return _ask_who("Invalid username or token.\n")
        writing = service == "git-receive-pack"
        refusal = self._refusal(found, caller, writing=writing)
        if found is None or refusal is not None:
            return refusal or PlainTextResponse("Repository not found.\n", 404)
        if writing and last != "refs":
            async with self._pushing.setdefault(found.id, asyncio.Lock()):
                return await self._push(request, found, caller)
        return await self._backend(request, found, caller)

    def _repository(self, request: Request) -> records.Repository | None:
        name = request.path_params["repo"].removesuffix(".git")
        return self._realm.repository(request.path_params["owner"], name)

    def _refusal(
        self, found: records.Repository | None, caller: access.Caller, *, writing: bool
    ) -> Response | None:
        """The answer to somebody who may not; None for somebody who may."""
        allowed = access.level(self._realm, caller, found) if found else 0
        if allowed >= (_WRITE if writing else 1):
            return None
        if not caller.login:
            return _ask_who("Authentication required.\n")
        if found is not None and allowed:
            return PlainTextResponse(f"Permission to {found.full_name}.git denied to {caller.login}.\n", 403)
        return PlainTextResponse("Repository not found.\n", 404)

    async def _push(self, request: Request, found: records.Repository, caller: access.Caller) -> Response:
        bare = self._realm.bare(found)
        before = await run_in_threadpool(bare.refs)
        response = await self._backend(request, found, caller)
        after = await run_in_threadpool(bare.refs)
        await run_in_threadpool(announce_push, self._realm, found.id, before, after, caller.login)
        return response

    def _caller(self, request: Request) -> access.Caller | None:
        given = credentials(request.headers.get("authorization", ""))
        if given is None:
            return access.NOBODY
        try:
            return access.recognise(self._realm, given)
        except access.BadCredentialsError:
            return None

    async def _backend(self, request: Request, found: records.Repository, caller: access.Caller) -> Response:
        # The whole body first: the backend wants its length, and clients send packs in chunks.
        with tempfile.TemporaryFile() as body:
            async for chunk in request.stream():
                body.write(chunk)
            length = body.tell()
            body.seek(0)
            process = await asyncio.create_subprocess_exec(
                "git",
                "-c",
                "safe.directory=*",
                "http-backend",
                stdin=body,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=self._environment(request, found, caller, length),
            )
            output, _ = await process.communicate()
        return _from_cgi(output)

    def _environment(
        self, request: Request, found: records.Repository, caller: access.Caller, length: int
    ) -> dict[str, str]:
        bare = self._realm.bare(found).path
        headers = request.headers
        optional = {
            "HTTP_CONTENT_ENCODING": headers.get("content-encoding"),
            "GIT_PROTOCOL": headers.get("git-protocol"),
            "REMOTE_USER": caller.login or None,
        }
        return {
            **git.ENVIRONMENT,
            "GIT_PROJECT_ROOT": str(bare.parent),
            "GIT_HTTP_EXPORT_ALL": "1",
            # `-c` above does not reach the processes that the backend starts; this does.
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "PATH_INFO": f"/{bare.name}/" + request.url.path.split("/", 3)[3],
            "QUERY_STRING": request.url.query,
            "REQUEST_METHOD": request.method,
            "CONTENT_TYPE": headers.get("content-type", ""),
            "CONTENT_LENGTH": str(length),
            "REMOTE_ADDR": "127.0.0.1",
            **{name: value for name, value in optional.items() if value},
        }


def _ask_who(text: str) -> Response:
    return PlainTextResponse(text, 401, {"WWW-Authenticate": 'Basic realm="GitHub"'})


def _from_cgi(output: bytes) -> Response:
    head, _, body = output.partition(b"\r\n\r\n")
    fields: dict[str, Any] = {}
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if value:
            fields[name.strip().lower()] = value.strip()
    status = int(fields.pop("status", "200").split()[0]) if head else 500
    fields.pop("content-length", None)
    return Response(body, status, fields)
