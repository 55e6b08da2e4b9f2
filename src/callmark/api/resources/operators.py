"""Who runs this installation: the operators' own list. Inviting them: ``invitations``."""

from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import StrictBool

from callmark.accounts.deletion import delete_person
from callmark.api import examples
from callmark.api.description import Operation
from callmark.api.operations import operation
from callmark.api.paging import Page, page_of
from callmark.api.resources.people import ORDER, Person, PersonQuery, people_found, person_of, shown
from callmark.api.schemas import Request
from callmark.sign_in import people as services
from callmark.sign_in.api_tokens import Scope
from callmark.sign_in.company_links import release
from callmark.sign_in.mail import tell_second_factors_removed
from callmark.web.access import Caller, Needs

router = Router(tags=["Who can sign in"])

PATH = "/operators"
ONE = f"{PATH}/{{operator_id}}"


class OperatorChange(Request):
    """Whether the operator may sign in."""

    is_active: StrictBool


@operation(
    router,
    Operation(
        "GET",
        PATH,
        needs=Needs.OPERATOR,
        scope=Scope.READ,
        example=examples.page(examples.PERSON | examples.OPERATOR),
    ),
)
def list_operators(_caller: Caller, query: Query[PersonQuery]) -> Page[Person]:
    """List the operators, those invited included."""
    return page_of(people_found(None, query), query, ORDER, shown)


@operation(
    router,
    Operation(
        "GET",
        ONE,
        needs=Needs.OPERATOR,
        scope=Scope.READ,
        example=examples.PERSON | examples.OPERATOR,
    ),
)
def get_operator(_caller: Caller, operator_id: UUID) -> Person:
    """Read one operator."""
    return shown(person_of(None, operator_id))


@operation(
    router,
    Operation(
        "PATCH",
        ONE,
        needs=Needs.OPERATOR,
        scope=Scope.PEOPLE,
        example=examples.PERSON | examples.OPERATOR | {"is_active": False},
        body_example={"is_active": False},
    ),
)
def update_operator(caller: Caller, operator_id: UUID, body: OperatorChange) -> Person:
    """Deactivate an operator, who is signed out everywhere, or reactivate one."""
    services.set_active(person_of(None, operator_id), active=body.is_active, actor=caller.person)
    return shown(person_of(None, operator_id))


@operation(
    router,
    Operation("DELETE", ONE, needs=Needs.OPERATOR, scope=Scope.PEOPLE, status=204),
)
def delete_operator(caller: Caller, operator_id: UUID) -> None:
    """Delete an operator with their sign-in and API tokens; what they did stays in the activity."""
    delete_person(person_of(None, operator_id), actor=caller.person)


@operation(
    router,
    Operation("DELETE", f"{ONE}/sessions", needs=Needs.OPERATOR, scope=Scope.PEOPLE, status=204),
)
def sign_operator_out(caller: Caller, operator_id: UUID) -> None:
    """Sign an operator out on every device."""
    services.sign_out_everywhere(person_of(None, operator_id), actor=caller.person)


@operation(
    router,
    Operation(
        "DELETE",
        f"{ONE}/second-factors",
        needs=Needs.OPERATOR,
        scope=Scope.PEOPLE,
        status=204,
        not_by_token=True,
    ),
)
def remove_operator_second_factors(request: HttpRequest, caller: Caller, operator_id: UUID) -> None:
    """Remove the second factors of an operator who lost phone and recovery codes.

    Not with a token: somebody must make sure that it is really that person who asks.
    """
    person = person_of(None, operator_id)
    services.remove_second_factors(person, actor=caller.person)
    tell_second_factors_removed(request, person)


@operation(
    router,
    Operation(
        "DELETE",
        f"{ONE}/company-identity",
        needs=Needs.OPERATOR,
        scope=Scope.PEOPLE,
        status=204,
        not_by_token=True,
    ),
)
def forget_operator_company_identity(caller: Caller, operator_id: UUID) -> None:
    """Forget who a person is at the company that signs people in (OpenID Connect).

    The next one who comes from there with the person's address is taken for that person. Not with a
    token: somebody must make sure that the address is still the person's.
    """
    release(person_of(None, operator_id), actor=caller.person)
