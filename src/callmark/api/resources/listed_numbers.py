"""Numbers and prefixes that never or always need a code."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.db.models import QuerySet
from pydantic import Field

from callmark.api import etags, examples
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resource import Here, Needs, Resource, Versioned
from callmark.api.schemas import Line, Request, Shown, eg, unchanged
from callmark.codes import listed_numbers as services
from callmark.codes import models
from callmark.policy.number_list import CodeNeed


def listed_numbers_of(here: Here) -> QuerySet[models.ListedNumber]:
    """The account's list."""
    return models.ListedNumber.objects.of(here.account)


listed_numbers = Resource(
    "/accounts/{account_id}/listed-numbers", "Account codes", needs=Needs.ADMINISTRATION
)
listed_number = listed_numbers.one("/{listed_number_id}", listed_numbers_of)

Need = Annotated[
    CodeNeed, Field(description="Whether calls to it `never` or `always` need a code.")
]


class ListedNumber(Shown):
    """A number or prefix, and what it says. The entry with the most digits decides a call."""

    id: UUID = eg(examples.LISTED_NUMBER_ID)
    pattern: str = eg("+442079460000", "In E.164; a prefix ends with `*`.")
    need: CodeNeed = eg("never")
    name: str = eg("Court of Appeal")
    created_at: datetime


class NewListedNumber(Request):
    """A number or prefix to list."""

    number: str = eg(
        "+44 20 7946 0999",
        "A number as it is dialed on the account, or with its country code; or a "
        "prefix, such as `+4420*`.",
        min_length=1,
        max_length=80,
        pattern=r"^[^\x00]*$",
    )
    need: Need = eg("never")
    name: Line = eg("Registry")


class ListedNumberChange(Request):
    """What to change; what is left out stays. For another number, add one and remove this."""

    need: Need = unchanged("always")
    name: Line = unchanged()


def _answer(entry: models.ListedNumber) -> Versioned[ListedNumber]:
    return Versioned(ListedNumber.of(entry), services.listed_number_version(entry))


@listed_numbers.get()
def list_listed_numbers(here: Here, query: PageQuery) -> Page[ListedNumber]:
    """List the numbers that never or always need a code, by name."""
    return page_of(listed_numbers_of(here), query, ("name", "id"), ListedNumber.of)


@listed_numbers.post(status=201)
def add_listed_number(here: Here, body: NewListedNumber) -> Versioned[ListedNumber]:
    """Let a number or prefix never or always need a code, whatever the types of calls say.

    Emergency numbers cannot be listed, and no entry changes them.
    """
    entry = services.add_listed_number(here.account, **body.model_dump(), actor=here.person)
    return _answer(entry)


@listed_number.get()
def get_listed_number(here: Here, entry: models.ListedNumber) -> Versioned[ListedNumber]:  # noqa: ARG001
    """Read an entry; the ETag is needed to change it."""
    return _answer(entry)


@listed_number.patch(if_match=True)
def update_listed_number(
    here: Here, entry: models.ListedNumber, body: ListedNumberChange
) -> Versioned[ListedNumber]:
    """Change what an entry says, or its name."""
    seen = services.listed_number_version(entry)
    etags.require_match(here.if_match, seen)
    said = body.model_fields_set
    need = body.need if "need" in said else CodeNeed(entry.need)
    name = body.name if "name" in said else entry.name
    return _answer(
        services.change_listed_number(
            entry, need=need, name=name, expected_version=seen, actor=here.person
        )
    )


@listed_number.delete()
def remove_listed_number(here: Here, entry: models.ListedNumber) -> None:
    """Take an entry off the list: the types of calls decide again."""
    services.remove_listed_number(entry, actor=here.person)
