"""Numbers that are known to belong to a code: calls to them suggest it."""

from uuid import UUID

from django.db.models import QuerySet

from callmark.api import examples
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resource import Here, Needs, Resource
from callmark.api.resources.codes import codes_of
from callmark.api.schemas import Line, Request, Shown, eg
from callmark.codes import known_numbers as services
from callmark.codes import models


def numbers_of(here: Here, code_id: UUID) -> QuerySet[models.KnownNumber]:
    """The numbers that are known for a code of the account."""
    return models.KnownNumber.objects.of(here.account).filter(code_id=code_id)


known_numbers = Resource(
    "/accounts/{account_id}/codes", "Account codes", needs=Needs.ADMINISTRATION
)
of_code = known_numbers.one("/{code_id}", codes_of)
known_number = known_numbers.one("/{code_id}/known-numbers/{known_number_id}", numbers_of)


class KnownNumber(Shown):
    """A number in E.164."""

    id: UUID = eg(examples.KNOWN_NUMBER_ID)
    e164: str = eg("+442079460000")


class NewKnownNumber(Request):
    """A number in E.164, such as +442079460000."""

    e164: Line = eg("+442079460999")


@of_code.get("/known-numbers")
def list_known_numbers(here: Here, code: models.AccountCode, query: PageQuery) -> Page[KnownNumber]:
    """List the numbers that suggest this code."""
    return page_of(numbers_of(here, code.pk), query, ("e164", "id"), KnownNumber.of)


@of_code.post("/known-numbers", status=201)
def add_known_number(here: Here, code: models.AccountCode, body: NewKnownNumber) -> KnownNumber:
    """Let calls to or from a number suggest this code."""
    return KnownNumber.of(services.add_known_number(code, body.e164, actor=here.person))


@known_number.delete()
def remove_known_number(here: Here, number: models.KnownNumber) -> None:
    """Calls to this number no longer suggest the code."""
    services.remove_known_number(number, actor=here.person)
