"""What all requests and answers have in common."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Request(BaseModel):
    """A body; fields that are not known are refused, since they are mostly misspelt."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Shown(BaseModel):
    """What an answer shows."""

    model_config = ConfigDict(frozen=True)


NO_CONTROL_CHARACTERS = r"^[^\x00-\x1f\x7f]*$"


def _true_or_false(value: object) -> object:
    if isinstance(value, str) and value not in {"true", "false"}:
        raise ValueError("write true or false")
    return value


QueryFlag = Annotated[bool, BeforeValidator(_true_or_false)]
"""A yes or no in an address; in a JSON body it is a :class:`pydantic.StrictBool`."""


def _in_lower_case(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


FormFlag = Annotated[QueryFlag, BeforeValidator(_in_lower_case)]
"""A yes or no in a form: generated clients write ``True`` there, as their language does."""

Line = Annotated[str, Field(max_length=100, pattern=NO_CONTROL_CHARACTERS)]
"""Up to 100 characters without line breaks."""


def unchanged() -> Any:  # noqa: ANN401
    """A field of a PATCH that may be left out."""

    def without_default(schema: dict[str, Any]) -> None:
        schema.pop("default", None)

    return Field(default=None, json_schema_extra=without_default)
