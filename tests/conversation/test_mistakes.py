"""What is said of arguments that nobody asked for."""

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from stuf_bot.chat import mistakes


class _Nothing(BaseModel):
    model_config = ConfigDict(extra="forbid")


@pytest.mark.parametrize(
    ("key", "shown"), [("colour", "`colour`"), ("ada@example.org", "`…`"), ("+447700900123", "`…`")]
)
def test_an_unknown_key_is_named_but_not_if_it_is_personal(key: str, shown: str) -> None:
    with pytest.raises(ValidationError) as error:
        _Nothing.model_validate({key: 1})
    told = mistakes.told(mistakes.problems(error.value), {})
    assert told == f"{shown} is not something that I know here."
