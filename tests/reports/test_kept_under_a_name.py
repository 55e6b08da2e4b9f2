"""Reports and filters that people keep under a name follow the same rules."""

from collections.abc import Callable

import pytest

from callmark.accounts.models import Role, User
from callmark.accounts.refused import Refused
from callmark.accounts.services import add_person
from callmark.calls.models import SavedFilter
from callmark.calls.saved_filters import delete_filter, filters_of, save_filter
from callmark.reports.models import SavedReport
from callmark.reports.saved import delete_report, reports_of, save_report
from tests.cast import LawFirm
from tests.rows import every


def a_filter(firm: LawFirm, name: str, actor: User, *, shared: bool = False) -> SavedFilter:
    return save_filter(firm.account, name=name, query="tag=to_assign", shared=shared, actor=actor)


def a_report(firm: LawFirm, name: str, actor: User, *, shared: bool = False) -> SavedReport:
    return save_report(firm.account, name=name, asked={}, shared=shared, actor=actor)


Keep = Callable[..., SavedFilter | SavedReport]
BOTH = pytest.mark.parametrize("keep", [a_filter, a_report])


@BOTH
@pytest.mark.parametrize("name", ["", " ", "x" * 61, "Bill \u202etxt.exe", "a\nb"])
def test_a_name_that_deceives_or_is_none_is_refused(firm: LawFirm, keep: Keep, name: str) -> None:
    with pytest.raises(Refused) as refused:
        keep(firm, name, firm.olivia)
    assert refused.value.field == "name"


@BOTH
def test_only_administrators_share_and_others_see_what_is_shared(firm: LawFirm, keep: Keep) -> None:
    with pytest.raises(Refused):
        keep(firm, "Bill", firm.ben, shared=True)
    shared = keep(firm, "Bill", firm.olivia, shared=True)
    own = keep(firm, "Mine", firm.olivia)
    seen = filters_of if isinstance(shared, SavedFilter) else reports_of
    assert list(seen(firm.account, firm.ben)) == [shared]
    assert set(seen(firm.account, firm.olivia)) == {shared, own}
    delete: Callable[..., None] = (
        delete_filter if isinstance(shared, SavedFilter) else delete_report
    )
    with pytest.raises(Refused):
        delete(shared, actor=firm.ben)


@BOTH
def test_when_a_person_is_deleted_what_they_shared_stays_and_their_own_goes(
    firm: LawFirm, keep: Keep
) -> None:
    leaving = add_person(
        firm.account, name="Lea", email="lea@firm.example", role=Role.ADMINISTRATOR
    )
    shared = keep(firm, "Bill", leaving, shared=True)
    keep(firm, "Mine", leaving)
    every(User).filter(pk=leaving.pk).delete()
    (kept,) = every(type(shared))
    assert (kept.name, kept.owner) == ("Bill", None)
