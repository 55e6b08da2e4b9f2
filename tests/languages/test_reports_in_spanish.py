"""Reports and statements in the account's language, their mails in the receiver's."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core import mail
from pytest_django import Settings

from callmark.accounts.currencies import currency_name, with_currency
from callmark.accounts.models import Account, User
from callmark.calls.lengths import calls_in_words
from callmark.calls.store import store
from callmark.languages import speaking, speaking_as
from callmark.reports import running
from callmark.reports.handover.gathering import billing
from callmark.reports.saved import save_report
from callmark.reports.schedules import add_schedule
from callmark.reports.statement_files import statement_paper
from callmark.reports.statements import statement
from tests.cast import LawFirm, make_law_firm
from tests.factories import decided_call, tag_of

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)


@pytest.fixture
def firm(settings: Settings) -> LawFirm:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.MAIL_IS_SET_UP = True
    firm = make_law_firm()
    Account.objects.filter(pk=firm.account.pk).update(language="es", country="ES")
    firm.account.refresh_from_db()
    march = datetime(2026, 3, 10, 12, tzinfo=UTC)
    store([decided_call(firm, "connected", at=march, tag=tag_of(firm))])
    return firm


def test_a_report_is_in_the_accounts_language_and_its_mail_in_the_receivers(firm: LawFirm) -> None:
    User.objects.of(firm.account).filter(pk=firm.olivia.pk).update(
        language="fr", email="olivia@firm.example"
    )
    report = save_report(firm.account, name="Marzo", asked={}, actor=firm.olivia)
    values = {
        "every": "month",
        "day": 2,
        "hour": 6,
        "way": "attachment",
        "format": "csv",
        "recipients": "olivia@firm.example, books@firm.example",
    }
    schedule = add_schedule(firm.account, report, values, now=NOW, actor=firm.olivia)
    while running.work_some(schedule.next_at, lambda: 0.0):
        pass
    to_olivia, to_books = mail.outbox
    assert to_books.subject == "[Callmark] Marzo: Por código (la factura), marzo de 2026"
    assert to_olivia.subject == "[Callmark] Marzo : Par code (la facture), mars 2026"
    assert "El informe está en el archivo by-code-firm-2026-03-01.csv." in to_books.body
    assert "Le rapport est dans le fichier by-code-firm-2026-03-01.csv." in to_olivia.body
    ((_, content, _),) = to_books.attachments
    assert "Código de cuenta" in str(content)
    assert "Llamadas" in str(content)


def test_a_statement_is_in_the_accounts_language(firm: LawFirm) -> None:
    with speaking_as(firm.account):
        made = statement(billing(firm.account, date(2026, 3, 1)), firm.code)
        paper = statement_paper(made)
    assert paper.title == "Estado de cuenta telefónico"
    assert [one.title for one in paper.columns][:4] == ["Fecha", "Hora", "Número", "Quién"]
    assert paper.totals[0][0] == "Total: 1 llamada"
    assert any("Solo tiempo" in note for note in paper.notes)


def test_numbers_and_currencies_are_written_as_in_the_country() -> None:
    amount = Decimal("12345.5")
    with speaking("es", "ES"):
        assert with_currency(amount, "EUR") == "12.345,50 EUR"
        assert calls_in_words(12345) == "12.345 llamadas"
        assert currency_name("GBP") == "libra esterlina"
    with speaking("es", "MX"):
        assert with_currency(amount, "MXN") == "12,345.50 MXN"
    with speaking("fr", "FR"):
        assert with_currency(amount, "EUR") == "12\u202f345,50\u00a0EUR"
    with speaking("en"):
        assert with_currency(amount, "EUR") == "EUR 12,345.50"
