"""Recovery codes: for the day the phone is gone."""

from tests.sign_in.authenticator import recovery_codes_on
from tests.sign_in.doors import Door, text


def test_ten_of_them_are_shown_when_the_first_second_factor_is_set_up(uma: Door) -> None:
    uma.sign_in()
    uma.set_up_app()
    assert len(set(uma.recovery_codes)) == 10


def test_they_are_shown_once(uma: Door) -> None:
    uma.sign_in()
    uma.set_up_app()
    page = text(uma.browser.get("/sign-in/recovery-codes/"))
    assert not any(code in page for code in uma.recovery_codes)
    assert "cannot be shown again" in page


def test_they_can_be_kept_as_a_file_without_asking_the_server_again(uma: Door) -> None:
    uma.sign_in()
    uma.confirm()
    uma.set_up_app()
    uma.browser.post("/sign-in/recovery-codes/new/")
    page = text(uma.browser.get("/sign-in/recovery-codes/"))
    codes = recovery_codes_on(page)
    assert "%0A".join(codes) in page
    assert uma.browser.get("/sign-in/recovery-codes/file/").status_code == 404


def test_each_signs_in_once(uma: Door) -> None:
    uma.sign_in()
    uma.set_up_app()
    first, second, *_ = uma.recovery_codes
    for code, follows in ((first, "/"), (first, ""), (second, "/")):
        uma.sign_out()
        uma.sign_in()
        assert uma.second_step(code) == follows
    assert "8 of 10 are left" in text(uma.browser.get("/sign-in/"))


def test_new_ones_end_the_old_ones(uma: Door) -> None:
    uma.sign_in()
    uma.set_up_app()
    uma.browser.post("/sign-in/recovery-codes/new/")
    fresh = recovery_codes_on(text(uma.browser.get("/sign-in/recovery-codes/")))
    assert len(fresh) == 10
    assert not set(fresh) & set(uma.recovery_codes)
    uma.sign_out()
    uma.sign_in()
    assert uma.second_step(uma.recovery_codes[0]) == ""
    assert uma.second_step(fresh[0]) == "/"


def test_they_go_with_the_last_second_factor(uma: Door) -> None:
    uma.sign_in()
    uma.set_up_app()
    uma.browser.post("/sign-in/app/remove/")
    assert "Recovery codes" not in text(uma.browser.get("/sign-in/"))
