"""Idempotency-Key: the same request again gets the same answer, and does nothing."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone

from callmark.api.models import KeptAnswer
from callmark.codes.models import AccountCode
from callmark.sign_in.models import ApiToken
from tests.api.programs import Program, body_of, problem
from tests.cast import LawFirm
from tests.rows import every

NEW = {"name": "New", "code": "5555"}


def test_a_code_is_added_once(firm: LawFirm, olivia: Program, at: str) -> None:
    first = olivia.post(f"{at}/codes", NEW, Idempotency_Key="k1")
    again = olivia.post(f"{at}/codes", NEW, Idempotency_Key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert every(AccountCode).filter(account=firm.account, name="New").count() == 1


def test_without_a_key_it_is_a_new_request(olivia: Program, at: str) -> None:
    assert olivia.post(f"{at}/codes", NEW).status_code == 201
    assert problem(olivia.post(f"{at}/codes", NEW)) == (422, "code_in_use")


def test_a_key_is_for_one_request(olivia: Program, at: str) -> None:
    olivia.post(f"{at}/codes", NEW, Idempotency_Key="k1")
    different = NEW | {"code": "6666"}
    assert problem(olivia.post(f"{at}/codes", different, Idempotency_Key="k1")) == (
        422,
        "idempotency_key_reused",
    )
    elsewhere = olivia.post(f"{at}/codes/bulk", NEW, Idempotency_Key="k1")
    assert elsewhere.status_code == 422


def test_a_refused_request_leaves_its_key_free(olivia: Program, at: str) -> None:
    wrong = NEW | {"code": "55"}
    assert olivia.post(f"{at}/codes", wrong, Idempotency_Key="k1").status_code == 422
    assert olivia.post(f"{at}/codes", NEW, Idempotency_Key="k1").status_code == 201


def test_a_key_belongs_to_its_token(operator: Program, olivia: Program, at: str) -> None:
    olivia.post(f"{at}/codes", NEW, Idempotency_Key="k1")
    answer = operator.post(f"{at}/codes", NEW, Idempotency_Key="k1")
    assert problem(answer) == (422, "code_in_use")


def test_a_file_is_imported_once(firm: LawFirm, olivia: Program, at: str) -> None:
    client = olivia._client
    for _ in range(2):
        with_key = {"idempotency-key": "k1"}
        file = SimpleUploadedFile("codes.csv", b"name,code\nA,5555\n")
        answer = client.post(
            f"/api/v1{at}/codes/import", {"file": file, "dry_run": "false"}, headers=with_key
        )
        assert answer.status_code == 200, answer.content
        assert answer.json()["added"] == 1
    assert answer["Idempotency-Replayed"] == "true"


def test_a_new_tokens_secret_is_not_kept_for_a_second_answer(olivia: Program, at: str) -> None:
    body = {"name": "once", "scopes": ["read"]}
    assert olivia.post(f"{at}/tokens", body, Idempotency_Key="k1").status_code == 201
    again = olivia.post(f"{at}/tokens", body, Idempotency_Key="k1")
    assert problem(again) == (409, "already_done")
    assert every(ApiToken).filter(name="once").count() == 1


def test_kept_answers_show_no_code_and_no_key_in_the_database(
    olivia: Program, at: str, capsys: pytest.CaptureFixture[str]
) -> None:
    olivia.post(f"{at}/codes", NEW | {"name": "Kept name"}, Idempotency_Key="my-own-key")
    call_command("dumpdata", "api")
    dump = capsys.readouterr().out
    for text in ("5555", "Kept name", "my-own-key"):
        assert text not in dump


def test_a_key_is_forgotten_after_a_day(olivia: Program, at: str) -> None:
    olivia.post(f"{at}/codes", NEW, Idempotency_Key="k1")
    KeptAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert problem(olivia.post(f"{at}/codes", NEW, Idempotency_Key="k1")) == (422, "code_in_use")


def test_a_key_is_printable_and_short(olivia: Program, at: str) -> None:
    for key in ("", "x" * 256, "a\tb"):
        answer = olivia.post(f"{at}/codes", NEW, Idempotency_Key=key)
        assert problem(answer) == (422, "invalid_idempotency_key")
        assert body_of(answer)["field"] == "Idempotency-Key"
