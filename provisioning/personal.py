"""Personal data as a type: it shows itself to nobody, and is read at named places only."""

from collections.abc import Mapping
from typing import Any, Final, NoReturn, Self, cast

from pydantic import BaseModel, GetCoreSchemaHandler, Secret
from pydantic_core import CoreSchema, core_schema

SHOWN: Final = "[personal]"
_REVEAL: Final = "reveal"


class Personal(Secret[str]):
    """A participant's e-mail address, phone number, the name of a file: text that shows as `[personal]`.

    So it does in every text, log line, exception and JSON; it cannot be joined to other text, walked
    through or pickled. `reveal` gives the value, for storage and for whoever may see it.
    """

    def reveal(self) -> str:
        """The value. tests/privacy lists every place that asks for it."""
        return self.get_secret_value()

    def _display(self) -> str:
        return SHOWN

    def __format__(self, how: str) -> str:
        """The same in an f-string, whatever width it asks for."""
        return format(SHOWN, how)

    def __copy__(self) -> Self:
        """It never changes."""
        return self

    def __deepcopy__(self, memo: object) -> Self:
        """As above."""
        return self

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: the file would show it."""
        raise TypeError("personal data is not pickled")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validated like a text; in JSON it stays hidden, unless it is written by `stored` or `plain`."""
        schema = super().__get_pydantic_core_schema__(source, handler)
        shown = core_schema.plain_serializer_function_ser_schema(_written, info_arg=True)
        return cast("CoreSchema", {**schema, "serialization": shown})


def _written(value: object, info: core_schema.SerializationInfo[Any]) -> object:
    if isinstance(value, Personal) and isinstance(info.context, Mapping) and info.context.get(_REVEAL):
        return value.reveal()
    return str(value) if info.mode == "json" else value


def stored(model: BaseModel) -> bytes:
    """The model as JSON with all that is personal in it, for storage alone."""
    return model.model_dump_json(context={_REVEAL: True}).encode()


def plain(model: BaseModel) -> dict[str, Any]:
    """The same as JSON-like values, for the database alone: there they are kept until they are in storage."""
    return model.model_dump(mode="json", context={_REVEAL: True})
