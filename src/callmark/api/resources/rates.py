"""What an account's calls cost: its rates in versions, one call tried, calls rated again."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.http import FileResponse
from django.utils import timezone
from pydantic import Field, StrictBool, StrictInt

from callmark.accounts.models import Account
from callmark.api import examples
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resource import Asker, Here, Needs, Resource
from callmark.api.schemas import AS_A_DAY, Cost, Line, Moment, Request, Shown, eg
from callmark.calls import models as calls
from callmark.calls import reratings
from callmark.calls.models import BatchState
from callmark.policy import rating
from callmark.tariffs.files import read_csv, write_csv
from callmark.tariffs.models import NAME_LENGTH, Tariff
from callmark.tariffs.queries import versions_of
from callmark.tariffs.services import NewVersion, RateRefused, make_version
from callmark.tariffs.texts import FIELDS, read_rate, write_rate
from callmark.tariffs.trying import Tried, try_call
from callmark.web.csv import csv_download
from callmark.web.problems import not_found

rates = Resource("/accounts/{account_id}/rates", "Rates", needs=Needs.ADMINISTRATION)
rate_version = rates.one("/versions/{tariff_id}", lambda here: versions_of(here.account))
shared_rates = Resource("/rates/versions", "Rates", needs=Needs.OPERATOR)
shared_rate_version = shared_rates.one("/{shared_tariff_id}", lambda _asker: versions_of(None))

Day = Annotated[date, Field(ge=date(1970, 1, 1), le=date(2999, 12, 1)), AS_A_DAY]
Amount = Annotated[str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?$")]
Seconds = Annotated[StrictInt, Field(ge=0, le=86_400)]
Text = Annotated[str, Field(max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Rate(Request):
    """What calls of one kind cost. With neither `prefix` nor `call_type` it is for all others.

    Amounts are texts such as `0.12`; what is left out does not limit anything.
    """

    label: Line = eg("London")
    prefix: Text = eg("+4420", "The beginning of the number in E.164.", default="")
    call_type: Text = eg("", "Or a call type; `inbound`: calls that came in.", default="")
    price: Amount = eg("0.12", "Of a minute, or of a started block.", default="0")
    per: rating.Per = eg("minute", default=rating.Per.MINUTE)
    block_seconds: Annotated[StrictInt, Field(ge=1, le=86_400)] = eg(
        6, "Time is counted in started blocks of so many seconds.", default=60
    )
    first_seconds: Seconds = eg(0, "A first block of another length.", default=0)
    first_price: Amount = eg("0", "Of the whole first block.", default="0")
    connection_fee: Amount = eg("0", default="0")
    free_below: Seconds = eg(0, "Shorter calls cost nothing.", default=0)
    minimum: Amount = eg("0", default="0")
    maximum: Amount | None = eg(None, default=None)
    weekdays: Text = eg("", "Such as `mon-fri`; empty: all.", default="")
    begins: Text = eg("", "The hour, such as `18:00`, in the account's time zone.", default="")
    ends: Text = eg("", default="")
    valid_from: Day | None = eg(None, default=None)
    valid_until: Day | None = eg(None, default=None)
    mark_up: Amount | None = eg(None, "In percent; null: the version's.", default=None)


class RateShown(Shown):
    """A rate as it was made: each value a text, empty where it says nothing."""

    label: str = eg("London")
    prefix: str = eg("+4420")
    call_type: str = eg("")
    price: str = eg("0.12")
    per: str = eg("minute")
    block_seconds: str = eg("6")
    first_seconds: str = eg("")
    first_price: str = eg("")
    connection_fee: str = eg("")
    free_below: str = eg("")
    minimum: str = eg("")
    maximum: str = eg("")
    weekdays: str = eg("")
    begins: str = eg("")
    ends: str = eg("")
    valid_from: str = eg("")
    valid_until: str = eg("")
    mark_up: str = eg("")


class RateVersion(Shown):
    """A version of the rates. It never changes: an edit makes the next one."""

    id: UUID = eg(examples.TARIFF_ID)
    number: int = eg(1)
    name: str = eg("Carrier, 2026")
    currency: str = eg("USD")
    valid_from: date | None = eg("2026-01-01", "The first day it is for; null: all before, too.")
    decimals: int = eg(2)
    rounding: rating.Rounding = eg("half_up")
    mark_up: str = eg("0.00", "In percent.", row=lambda tariff: str(tariff.mark_up))
    rate_count: int = eg(1, row=lambda tariff: len(tariff.rates))
    made_at: datetime
    made_by: str = eg("Olivia")


class WholeRateVersion(RateVersion):
    """A version with its rates."""

    rates: list[RateShown]


class NewRateVersion(Request):
    """The next version of the rates, whole."""

    name: Annotated[Line, Field(min_length=1, max_length=NAME_LENGTH)] = eg("Carrier, 2026")
    valid_from: Day | None = eg("2026-01-01", default=None)
    decimals: Annotated[StrictInt, Field(ge=0, le=6)] | None = eg(
        2, "Null: as many as the currency has.", default=None
    )
    rounding: rating.Rounding = eg("half_up", default=rating.Rounding.HALF_UP)
    mark_up: Amount = eg("0", "In percent.", default="0")
    rates: list[Rate] = eg(
        [{"label": "London", "prefix": "+4420", "price": "0.12", "block_seconds": 6}]
    )


class NewSharedRateVersion(NewRateVersion):
    """The next version of the operator's rates in a currency."""

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = eg("USD")


class ListOfRates(Request):
    """Rates as CSV; its first line names the columns."""

    text: Annotated[str, Field(max_length=4_000_000)] = eg("name,prefix,price\nLondon,+4420,0.12")
    dry_run: StrictBool = eg(False, "Only say what is wrong.", default=False)
    name: Annotated[Line, Field(min_length=1, max_length=NAME_LENGTH)] = eg("Carrier, 2026")
    valid_from: Day | None = eg("2026-01-01", default=None)


class ListProblem(Shown):
    """What is wrong in a line of the list."""

    row: int = eg(2, "The line, from 1.")
    column: str = eg("price")
    message: str = eg("Write an amount such as 0.12.")


class ReadList(Shown):
    """What became of a list: with problems, nothing."""

    rates: int = eg(1)
    problems: list[ListProblem] = eg([])
    version: RateVersion | None = eg(RateVersion)


class Currency(Request):
    """What the account's calls are charged in (ISO 4217)."""

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = eg("EUR")


class CallToTry(Request):
    """An outbound call that nobody has placed."""

    number: Annotated[Line, Field(min_length=1, max_length=80)] = eg("011442079460000")
    seconds: Seconds = eg(190)
    at: Moment | None = eg("2026-11-23T09:30:00Z", "Null: now.", default=None)


class TriedCall(Shown):
    """What it costs, and why."""

    e164: str | None = eg("+442079460000", row="number.e164")
    call_type: str = eg("international", row="number.call_type")
    cost: Cost | None = eg("0.38", "Null: there are no rates for the day.")
    currency: str = eg("USD")
    billed_seconds: int = eg(192)
    rate: str | None = eg("London")
    version: str | None = eg("1")
    why: list[str] = eg(["The number begins with +4420: London."])


class RatingAgain(Request):
    """From which day calls are rated again."""

    since: Day | None = eg("2026-11-01", "Null: all calls of open months.", default=None)


class Rerating(Shown):
    """How far it is. Closed months stay as they are."""

    since: date | None = eg("2026-11-01")
    state: BatchState = eg("waiting")
    total: int = eg(312)
    done: int = eg(0)
    changed: int = eg(0, "Calls that cost something else since.")
    cost_before: Cost = eg("0.00")
    cost_after: Cost = eg("0.00")
    at: datetime
    by_name: str = eg("Olivia")


def _new(body: NewRateVersion, currency: str) -> NewVersion:
    found = []
    for row, one in enumerate(body.rates, start=1):
        values = {
            name: "" if (value := getattr(one, name)) is None else str(value) for name in FIELDS
        }
        rate, problems = read_rate(values)
        if rate is None:
            raise RateRefused(row, problems[0].field, problems[0].message)
        found.append(rate)
    return NewVersion(
        name=body.name,
        currency=currency,
        rates=found,
        valid_from=body.valid_from,
        decimals=body.decimals,
        rounding=body.rounding,
        mark_up=Decimal(body.mark_up),
    )


def _whole(tariff: Tariff) -> WholeRateVersion:
    shown = [RateShown.model_validate(write_rate(one)) for one in tariff.value.rates]
    return WholeRateVersion.of(tariff, rates=shown)


@rates.get("/versions")
def list_rate_versions(here: Here, query: PageQuery) -> Page[RateVersion]:
    """List the versions of the account's own rates, without the rates."""
    return page_of(versions_of(here.account), query, ("number", "id"), RateVersion.of)


@rates.post("/versions", status=201)
def make_rate_version(here: Here, body: NewRateVersion) -> WholeRateVersion:
    """Make the next version of the rates, in the account's currency.

    Calls that come from now on are charged by it; those on record when they are rated again.
    """
    new = _new(body, here.account.currency)
    return _whole(make_version(here.account, new, actor=here.person))


@rate_version.get()
def get_rate_version(here: Here, tariff: Tariff) -> WholeRateVersion:  # noqa: ARG001
    """Read a version with its rates."""
    return _whole(tariff)


@rate_version.get("/csv", example="name,prefix,price\r\nLondon,+4420,0.12\r\n")
def export_rates(here: Here, tariff: Tariff) -> FileResponse:
    """Get a version's rates as a CSV file that can be imported again."""
    name = f"rates-{here.account.slug}-{tariff.number}.csv"
    return csv_download(write_csv(tariff.value.rates), name)


@rates.post("/import")
def import_rates(here: Here, body: ListOfRates) -> ReadList:
    """Make a version of a list of rates, if nothing is wrong with any line."""
    found = read_csv(body.text.encode())
    problems = [ListProblem.of(one) for one in found.problems[:1000]]
    made: Tariff | None = None
    if not problems and not body.dry_run:
        currency = here.account.currency
        new = NewVersion(body.name, currency, found.rates, valid_from=body.valid_from)
        made = make_version(here.account, new, actor=here.person)
    version = RateVersion.of(made) if made else None
    return ReadList(rates=len(found.rates), problems=problems, version=version)


@rates.put("/currency")
def set_currency(here: Here, body: Currency) -> None:
    """Choose what calls are charged in; it stays once any has been charged."""
    reratings.set_currency(here.account, body.currency, actor=here.person)


@rates.post("/try", safe=True)
def try_a_call(here: Here, body: CallToTry) -> TriedCall:
    """Say what one call would cost, by which rate, and why."""
    tried = try_call(here.account, body.number, body.seconds, body.at or timezone.now())
    return TriedCall.of(tried, **_cost_of(tried, here.account))


def _cost_of(tried: Tried, account: Account) -> dict[str, Any]:
    found = tried.charge
    return {
        "cost": found.amount if found else None,
        "currency": account.currency,
        "billed_seconds": found.billed_seconds if found else 0,
        "rate": found.rate.label if found and found.rate else None,
        "version": tried.tariff.version if tried.tariff else None,
        "why": list(tried.why),
    }


@rates.post("/again", status=202)
def rate_calls_again(here: Here, body: RatingAgain) -> Rerating:
    """Begin to rate calls of open months again, by the rates that hold now. No call is touched."""
    return Rerating.of(reratings.rate_again(here.account, since=body.since, actor=here.person))


@rates.get("/again")
def get_rating_again(here: Here) -> Rerating:
    """Read how far the last rating again is."""
    found: calls.Rerating | None = reratings.last_rerating(here.account)
    if found is None:
        raise not_found()
    return Rerating.of(found)


@shared_rates.get()
def list_shared_rate_versions(asker: Asker, query: PageQuery) -> Page[RateVersion]:  # noqa: ARG001
    """List the versions of the operator's rates, for all accounts without rates of their own."""
    return page_of(versions_of(None), query, ("number", "id"), RateVersion.of)


@shared_rates.post(status=201)
def make_shared_rate_version(asker: Asker, body: NewSharedRateVersion) -> WholeRateVersion:
    """Make the next version of the operator's rates in a currency."""
    new = _new(body, body.currency)
    return _whole(make_version(None, new, actor=asker.person))


@shared_rate_version.get()
def get_shared_rate_version(asker: Asker, tariff: Tariff) -> WholeRateVersion:  # noqa: ARG001
    """Read a version of the operator's rates, whole."""
    return _whole(tariff)
