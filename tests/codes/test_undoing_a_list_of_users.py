"""An imported list of users is taken back: exactly, and never what somebody did since."""

from collections.abc import Callable

import pytest

from callmark.accounts.models import Extension, PhoneNumber, User
from callmark.accounts.refused import Refused
from callmark.accounts.services import change_person
from callmark.codes.models import UserCodeSettings
from callmark.codes.services import save_user_settings
from callmark.codes.user_batch_models import UserBatch
from callmark.codes.user_batches import undo_many
from callmark.codes.user_checks import Phones
from callmark.codes.user_imports import import_users
from callmark.switches.simulator import simulate
from tests.cast import LawFirm
from tests.rows import every

LIST = (
    b"name,extension,number,home country,account codes\n"
    b"Benjamin,101,+12125550101,GB,off\nDora,103,,,on\nEmil,104,+12125550104,,\n"
)


@pytest.fixture
def otto(firm: LawFirm) -> User:
    return firm.otto


def all_of(firm: LawFirm) -> list[object]:
    """Everything that a list can give or change."""
    rows = (
        every(User).filter(account=firm.account).values_list("name", "home_country"),
        every(Extension).values_list("user__name", "number", "endpoint", "switch__name"),
        every(PhoneNumber).values_list("user__name", "e164"),
        every(UserCodeSettings).values_list("user__name", "enabled", "override"),
    )
    return [sorted(one) for one in rows]


def imported(firm: LawFirm, actor: User) -> UserBatch:
    done = import_users(
        firm.account, LIST, dry_run=False, update=True, phones=Phones(), actor=actor
    )
    assert done.batch is not None
    return done.batch


def named(name: str) -> User:
    return every(User).get(name=name)


def test_everybody_is_as_before(firm: LawFirm, otto: User) -> None:
    before = all_of(firm)
    batch = imported(firm, otto)
    assert all_of(firm) != before
    undoing = undo_many(batch, actor=otto)
    assert (undoing.done, undoing.left) == (3, 0)
    assert all_of(firm) == before
    with pytest.raises(Refused, match="undone already"):
        undo_many(batch, actor=otto)


MEANWHILE: dict[str, Callable[[LawFirm, User], object]] = {
    "was renamed": lambda _firm, otto: change_person(named("Dora"), {"name": "D"}, actor=otto),
    "has own settings": lambda _firm, otto: save_user_settings(
        named("Dora"), enabled=False, override=None, actor=otto
    ),
    "has placed a call": lambda _firm, _otto: simulate(named("Dora"), "2125550142", []),
}


@pytest.mark.parametrize("what", MEANWHILE)
def test_somebody_who_was_added_stays_who(firm: LawFirm, otto: User, what: str) -> None:
    batch = imported(firm, otto)
    dora = named("Dora")
    MEANWHILE[what](firm, otto)
    undoing = undo_many(batch, actor=otto)
    assert (undoing.done, undoing.left) == (2, 1)
    assert dora.extensions.get().number == "103"
    assert not every(User).filter(name="Emil").exists()


def test_who_was_changed_again_stays_so(firm: LawFirm, otto: User) -> None:
    batch = imported(firm, otto)
    change_person(named("Benjamin"), {"home_country": "MX"}, actor=otto)
    assert undo_many(batch, actor=otto).left == 1
    assert named("Benjamin").home_country == "MX"


def test_an_administrator_takes_no_phone_of_somebody_who_was_there(
    firm: LawFirm, otto: User
) -> None:
    undoing = undo_many(imported(firm, otto), actor=firm.olivia)
    assert (undoing.done, undoing.left) == (2, 1)
    assert named("Benjamin").phone_numbers.get().e164 == "+12125550101"
