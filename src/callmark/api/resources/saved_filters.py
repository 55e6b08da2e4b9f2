"""Views of the call history that people keep under a name."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.db.models import QuerySet
from pydantic import Field, StrictBool

from callmark.api import examples
from callmark.api.paging import Page, PageQuery, page_of
from callmark.api.resource import Here, Needs, Resource
from callmark.api.schemas import Line, Request, Shown, eg
from callmark.calls import models
from callmark.calls import saved_filters as services
from callmark.web.problems import forbidden


def filters_of(here: Here) -> QuerySet[models.SavedFilter]:
    """The caller's own filters, and those shared on the account."""
    return services.filters_of(here.account, here.person).select_related("account")


saved_filters = Resource(
    "/accounts/{account_id}/saved-filters", "Saved filters", needs=Needs.MEMBERSHIP
)
saved_filter = saved_filters.one("/{saved_filter_id}", filters_of)


class SavedFilter(Shown):
    """A filter of the call history: the query of the page's address."""

    id: UUID = eg(examples.SAVED_FILTER_ID)
    name: str = eg("Abroad, last month")
    query: str = eg("call_type=international&period=last_month")
    shared: bool
    is_own: bool = eg(True)
    created_at: datetime


class NewSavedFilter(Request):
    """A filter to keep; one of yours with this name is replaced."""

    name: Annotated[Line, Field(min_length=1, max_length=60)] = eg("Abroad")
    query: str = eg("call_type=international", max_length=1000)
    shared: StrictBool = eg(False, default=False)


def _shown(here: Here, saved: models.SavedFilter) -> SavedFilter:
    return SavedFilter.of(saved, is_own=saved.owner_id == here.person.pk)


@saved_filters.get()
def list_saved_filters(here: Here, query: PageQuery) -> Page[SavedFilter]:
    """List your saved filters and those that are shared on the account."""
    return page_of(filters_of(here), query, ("name", "id"), lambda saved: _shown(here, saved))


@saved_filters.post(status=201)
def save_filter(here: Here, body: NewSavedFilter) -> SavedFilter:
    """Keep a filter under a name. What could be an account code is not kept."""
    saved = services.save_filter(here.account, **body.model_dump(), actor=here.person)
    return _shown(here, saved)


@saved_filter.delete()
def delete_saved_filter(here: Here, saved: models.SavedFilter) -> None:
    """Delete your own filter; a shared one also as an administrator."""
    if saved.owner_id != here.person.pk and not here.may_administer:
        raise forbidden("This filter is somebody else's: ask them or an administrator.")
    services.delete_filter(saved, actor=here.person)
