"""The list of users: filters in the address, many at once, and who deviates in what."""

import re

from django.test import Client

from callmark.codes.models import UserCodeSettings
from callmark.codes.services import save_user_settings
from callmark.policy.rules import CodeRules
from tests.cast import LawFirm, code, first_time, turn_on_quietly
from tests.portal.pages import url
from tests.rows import every


def ready(cast: LawFirm) -> None:
    first_time(cast)
    code(cast)
    turn_on_quietly(cast)


def text(answer: object) -> str:
    page = re.sub("<(?!a )[^>]+>", " ", answer.content.decode())  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", page)


def picked(client: Client, cast: LawFirm, *names: str) -> list[str]:
    """What the boxes of these users send."""
    page = client.get(url(cast, "users/")).content.decode()
    found = re.findall(r'name="user" value="([^"]+)".*?<bdi>([^<]+)</bdi>', page)
    return [value for value, name in found if name in names]


def enabled(cast: LawFirm) -> set[str]:
    on = every(UserCodeSettings).filter(user__account=cast.account, enabled=True)
    return set(on.values_list("user__name", flat=True))


def test_filters_are_in_the_address_and_each_can_be_taken_away(
    olivia: Client, cast: LawFirm
) -> None:
    ready(cast)
    page = olivia.get(url(cast, "users/?phone=no&active=yes")).content.decode()
    assert "Olivia" in page
    assert ">Uma<" not in page
    assert f'href="{url(cast, "users/")}?active=yes"' in page
    assert "Without a phone" in page
    empty = text(olivia.get(url(cast, "users/?codes=custom&q=zzz")))
    assert "Nothing matches “ zzz ” with these filters" in empty
    # Nonsense asks for nothing.
    assert "Uma" in text(olivia.get(url(cast, "users/?phone=maybe")))


def test_some_are_disabled_and_that_is_undone_with_a_click(olivia: Client, cast: LawFirm) -> None:
    ready(cast)
    sent = {"what": "disable", "user": picked(olivia, cast, "Ben", "Uma")}
    page = text(olivia.post(url(cast, "users/change/"), sent, follow=True))
    assert "Account codes disabled for 2 users." in page
    assert enabled(cast) == {"Olivia", "Rick"}
    batch = re.search(
        'name="batch" value="([^"]+)"', olivia.get(url(cast, "users/")).content.decode()
    )
    assert batch
    page = text(olivia.post(url(cast, "users/change/undo/"), {"batch": batch[1]}, follow=True))
    assert "Undone: 2 users as before." in page
    assert enabled(cast) == {"Olivia", "Rick", "Ben", "Uma"}


def test_all_that_match_are_counted_before_anything_is_done(olivia: Client, cast: LawFirm) -> None:
    ready(cast)
    sent = {"what": "disable", "every": "on", "question": "phone=yes"}
    page = text(olivia.post(url(cast, "users/change/"), sent))
    assert "Account codes will be disabled for 2 users" in page
    assert "With a phone" in page
    assert len(enabled(cast)) == 4
    olivia.post(url(cast, "users/change/"), {**sent, "confirmed": "yes"})
    assert enabled(cast) == {"Olivia", "Rick"}


def test_who_deviates_and_in_what_and_what_a_reset_changes(olivia: Client, cast: LawFirm) -> None:
    ready(cast)
    rules = CodeRules(validate=True, toll_free=True)
    save_user_settings(cast.ben, enabled=True, override=rules, actor=cast.olivia)
    assert "International off , Toll-free on" in text(olivia.get(url(cast, "users/?codes=custom")))
    sent = {"what": "reset", "user": picked(olivia, cast, "Ben")}
    page = text(olivia.post(url(cast, "users/change/"), sent))
    assert "Ben : International off becomes on; Toll-free on becomes off" in page
    assert every(UserCodeSettings).get(user=cast.ben).override
    page = text(olivia.post(url(cast, "users/change/"), {**sent, "confirmed": "yes"}, follow=True))
    assert "1 user now follows the account&#x27;s settings." in page
    assert not every(UserCodeSettings).get(user=cast.ben).override


def test_what_was_changed_since_the_page_was_shown_stays(olivia: Client, cast: LawFirm) -> None:
    ready(cast)
    sent = {"what": "disable", "user": picked(olivia, cast, "Ben", "Uma")}
    save_user_settings(cast.ben, enabled=True, override=CodeRules(), actor=cast.otto)
    page = text(olivia.post(url(cast, "users/change/"), sent, follow=True))
    assert "disabled for 1 user. 1 user stays as changed meanwhile" in page


def test_nothing_chosen_or_nothing_to_do_is_said(olivia: Client, cast: LawFirm) -> None:
    ready(cast)
    change = url(cast, "users/change/")
    assert "Choose at least one user" in text(olivia.post(change, {"what": "enable"}, follow=True))
    sent = {"what": "enable", "user": picked(olivia, cast, "Ben")}
    assert "enabled for all of these users" in text(olivia.post(change, sent, follow=True))
    odd = text(olivia.post(change, {"what": "undo", "user": "x"}, follow=True))
    assert "nothing of this kind" in odd
