"""Where Lambda enters: `handler.handler` takes HTTP API events (payload format 2.0)."""  # noqa: INP001 - an entry point

from mangum import Mangum
from stuf_api.app import create_app

handler = Mangum(create_app(), lifespan="off")
