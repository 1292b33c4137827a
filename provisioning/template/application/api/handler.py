"""Where Lambda enters: `handler.handler` takes HTTP API events (payload format 2.0)."""  # noqa: INP001 - an entry point

from mangum import Mangum
from stuf_api.app import create_app
from stuf_api.services import Services
from stuf_api.settings import Settings

_services = Services(Settings.from_environment())
# While Lambda initialises a function it has a whole processor; later, for a participant, a fraction.
_services.warm()
handler = Mangum(create_app(_services), lifespan="off")
