"""The lint of ``make check`` that refuses a query over one account's data without the account."""

from pathlib import Path

import pytest

from scripts.check_tenant_scope import main, unscoped_queries


def faults(tmp_path: Path, source: str) -> list[tuple[int, str]]:
    """What the lint finds in this source."""
    path = tmp_path / "module.py"
    path.write_text(source)
    return list(unscoped_queries(path))


def test_callmark_itself_is_clean() -> None:
    assert main() == 0


@pytest.mark.parametrize(
    "source",
    [
        "Call.objects.all()",
        "AccountCode.objects.get(pk=given)",
        "User.objects.filter(email=given).first()",
        "calls = Call.objects.filter(Q(dialed=text) | Q(pk=given))",
    ],
)
def test_a_query_without_an_account_is_found(tmp_path: Path, source: str) -> None:
    assert len(faults(tmp_path, source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "Call.objects.filter(account=account, pk=given).first()",
        "CallAttempt.objects.filter(call__account=account)",
        "UserCodeSettings.objects.filter(user__account_id=given)",
        "Account.objects.all()",
        "# every account: the gate serves them all\nCall.objects.all()",
    ],
)
def test_a_query_with_an_account_or_a_reason_passes(tmp_path: Path, source: str) -> None:
    assert faults(tmp_path, source) == []
