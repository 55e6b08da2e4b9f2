"""A page is in its reader's language and time, a mail in its receiver's; programs read English."""

from datetime import UTC, datetime

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from callmark.accounts.models import Account, User
from callmark.accounts.refused import Refused
from callmark.accounts.services import change_account, change_person
from callmark.languages import in_language, speaking
from callmark.local_formats import country, listed, number
from callmark.policy.texts import Text
from tests.beginnings import begun_with
from tests.cast import LawFirm, before_the_first_visit, first_time
from tests.portal.test_call_history import place
from tests.rows import every

pytestmark = pytest.mark.django_db


@begun_with
def cast() -> LawFirm:
    return before_the_first_visit()


def reads(person: User | None, page: str = "mfa_index", **headers: str) -> str:
    browser = Client(headers=headers)
    if person:
        browser.force_login(person)
    answer = browser.get(reverse(page))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_page_is_in_the_persons_language_else_in_the_accounts(cast: LawFirm) -> None:
    change_account(cast.account, {"language": "fr"}, actor=cast.otto)
    assert '<html lang="fr">' in (page := reads(cast.olivia))
    assert "Ma connexion" in page
    change_person(cast.olivia, {"language": "es"}, actor=cast.olivia)
    assert '<html lang="es">' in (page := reads(cast.olivia))
    assert "Mi acceso" in page
    assert '<html lang="en">' in reads(cast.fay)


def test_before_signing_in_the_browser_says_which_one(settings: Settings) -> None:
    spanish = reads(None, "account_login", **{"accept-language": "es-MX,es;q=0.9,en;q=0.5"})
    assert '<html lang="es">' in spanish
    assert "¿Olvidó su contraseña?" in spanish or "Iniciar sesión" in spanish
    assert '<html lang="en">' in reads(None, "account_login", **{"accept-language": "ja"})
    settings.LANGUAGE_CODE = "fr"
    assert '<html lang="fr">' in reads(None, "account_login")


def test_everybody_chooses_a_language_and_a_time_zone_of_their_own(cast: LawFirm) -> None:
    for person in (cast.uma, cast.otto):
        browser = Client()
        browser.force_login(person)
        form = browser.get(reverse("sign_in_language")).context["form"]
        sent = {"version": form["version"].value(), "language": "es", "time_zone": "Asia/Tokyo"}
        answer = browser.post(reverse("sign_in_language"), sent, follow=True)
        assert "Se guardaron su idioma y su zona horaria." in answer.content.decode()
        stored = every(User).get(pk=person.pk)
        assert (stored.language, stored.time_zone) == ("es", "Asia/Tokyo")


def test_an_administrator_chooses_the_accounts_language_with_its_months(cast: LawFirm) -> None:
    page = reverse("portal:account_calendar", args=["firm"])
    answer = save(cast.olivia, page, language="fr")
    assert "Enregistré." in answer
    assert Account.objects.get(pk=cast.account.pk).language == "fr"
    assert '<html lang="fr">' in reads(cast.olivia)
    for language in ("xx", "es"):
        save(cast.rick, page, language=language)
        save(cast.fay, page, language=language)
    save(cast.olivia, page, language="xx")
    assert Account.objects.get(pk=cast.account.pk).language == "fr"
    save(cast.olivia, page, language="")
    assert '<html lang="en">' in reads(cast.olivia)


def test_an_administrator_chooses_a_users_language_with_their_details(cast: LawFirm) -> None:
    change_account(cast.account, {"language": "fr"}, actor=cast.otto)
    page = reverse("portal:user_details", args=["firm", cast.uma.pk])
    assert "Celle du compte (Français)" in shown(cast.olivia, page)
    save(cast.olivia, page, language="es")
    uma = every(User).get(pk=cast.uma.pk)
    assert (uma.language, uma.name) == ("es", "Uma")
    assert '<html lang="es">' in reads(uma)
    save(cast.olivia, page, language="xx")
    save(cast.uma, page, language="en")
    assert every(User).get(pk=cast.uma.pk).language == "es"
    save(cast.olivia, page, language="")
    assert '<html lang="fr">' in reads(uma)


def shown(person: User, page: str) -> str:
    browser = Client()
    browser.force_login(person)
    return browser.get(page).content.decode()


def save(person: User, page: str, **changed: str) -> str:
    """Send the page's form as it stands there, but for what is changed; the page that follows."""
    browser = Client()
    browser.force_login(person)
    context = browser.get(page).context
    form = context["form"] if context and "form" in context else None
    as_it_stands = {one.html_name: one.value() for one in form or ()}
    sent = {name: value for name, value in as_it_stands.items() if value not in (None, False)}
    return browser.post(page, {**sent, **changed}, follow=True).content.decode()


def test_a_language_chosen_in_another_window_meanwhile_is_not_overwritten(cast: LawFirm) -> None:
    browser = Client()
    browser.force_login(cast.uma)
    form = browser.get(reverse("sign_in_language")).context["form"]
    change_person(cast.uma, {"time_zone": "Asia/Tokyo"}, actor=cast.uma)
    sent = {"version": form["version"].value(), "language": "es", "time_zone": ""}
    answer = browser.post(reverse("sign_in_language"), sent)
    assert "Somebody else changed this" in answer.content.decode()
    stored = every(User).get(pk=cast.uma.pk)
    assert (stored.language, stored.time_zone) == ("", "Asia/Tokyo")


def test_a_language_that_is_not_there_is_refused(cast: LawFirm) -> None:
    browser = Client()
    browser.force_login(cast.uma)
    browser.post(reverse("sign_in_language"), {"version": "x", "language": "xx"})
    assert every(User).get(pk=cast.uma.pk).language == ""


def test_times_of_calls_are_told_in_the_readers_zone_and_days_in_the_accounts(
    cast: LawFirm,
) -> None:
    first_time(cast)
    at = datetime(2026, 10, 5, 16, 20, tzinfo=UTC)
    place(cast, cast.uma, "+442079460000", started_at=at, ended_at=at)
    browser = Client()
    browser.force_login(cast.olivia)
    where = reverse("portal:calls", args=["firm"]) + "?since=2026-10-05&until=2026-10-05"
    assert "12:20" in browser.get(where).content.decode()
    change_person(cast.olivia, {"time_zone": "Asia/Tokyo"}, actor=cast.olivia)
    page = browser.get(where).content.decode()
    assert "01:20" in page
    assert "Tokyo" in page


@pytest.mark.usefixtures("mail_works")
def test_a_mail_is_in_the_language_of_who_gets_it(cast: LawFirm) -> None:
    change_person(cast.uma, {"language": "es"}, actor=cast.olivia)
    browser = Client(headers={"accept-language": "fr"})
    browser.post(reverse("account_reset_password"), {"email": cast.uma.email})
    assert mail.outbox[0].subject.endswith("Su nueva contraseña de Callmark")
    assert "Alguien, probablemente usted, pidió una nueva contraseña" in mail.outbox[0].body


@pytest.fixture
def mail_works(settings: Settings) -> None:
    settings.MAIL_IS_SET_UP = True


def test_programs_are_answered_in_english(cast: LawFirm) -> None:
    change_person(cast.olivia, {"language": "es"}, actor=cast.olivia)
    answer = Client(headers={"accept-language": "es"}).get("/api/v1/me")
    assert answer.status_code == 401
    assert answer.headers["Content-Language"] == "en"
    assert "Send a valid API token" in answer.json()["detail"]


def test_numbers_and_names_are_written_as_in_the_language_and_the_country() -> None:
    said = {}
    for language, where in (("en", ""), ("es", "ES"), ("es", "MX"), ("fr", "FR")):
        with speaking(language, where):
            said[language, where] = (number(1234567.5, 2), country("DE"), listed(["a", "b", "c"]))
    assert said == {
        ("en", ""): ("1,234,567.50", "Germany", "a, b, and c"),
        ("es", "ES"): ("1.234.567,50", "Alemania", "a, b y c"),
        ("es", "MX"): ("1,234,567.50", "Alemania", "a, b y c"),
        ("fr", "FR"): ("1\u202f234\u202f567,50", "Allemagne", "a, b et c"),
    }


def test_a_reason_that_was_stored_in_english_is_read_in_another_language() -> None:
    whose = Text("the account's settings")
    stored = str(Text("no code: {whose} do not require one for this call type", whose=whose))
    with speaking("es"):
        said = in_language(stored)
    assert said == "sin código: la configuración de la cuenta no lo exige para este tipo de llamada"
    with speaking("en"):
        assert in_language(stored) == stored
    with speaking("fr"):
        assert in_language("something that somebody typed") == "something that somebody typed"


def test_the_zone_is_the_readers_only_while_the_page_is_made(cast: LawFirm) -> None:
    change_person(cast.olivia, {"time_zone": "Asia/Tokyo"}, actor=cast.olivia)
    browser = Client()
    browser.force_login(cast.olivia)
    browser.get(reverse("portal:activity", args=["firm"]))
    assert timezone.get_current_timezone_name() == "UTC"


def test_why_a_file_could_not_be_made_is_read_in_each_readers_language() -> None:
    template = (
        "A PDF file has room for {most} lines, and this has {count}: choose Excel or CSV, "
        "or ask for less."
    )
    with speaking("fr"):
        kept = str(Refused(Text(template, most=5000, count=7200)).given)
    assert "room for 5000 lines, and this has 7200" in kept
    with speaking("es"):
        said = in_language(kept)
    assert "5000" in said
    assert "7200" in said
    assert "lines" not in said
    with speaking("en"):
        assert in_language(kept) == kept
