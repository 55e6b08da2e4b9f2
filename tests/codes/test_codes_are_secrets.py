"""Account codes at rest: nobody who reads the database or the spool reads a code."""

import asyncio
import json
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from callmark.calls.models import Call
from callmark.calls.records import Record
from callmark.codes.finding import find_code, search_codes
from callmark.codes.models import AccountCode
from callmark.codes.secrecy import masked
from callmark.codes.services import add_code
from callmark.gate.policy_cache import load_account
from callmark.gate.spool import Spool
from callmark.keys.installed import keyring
from callmark.keys.keyring import Keyring, WrongKey
from callmark.keys.lookup import ByHash
from callmark.ops.key_rotation import drop_former_keys, rotate_keys
from callmark.switches.simulator import simulate
from tests.beginnings import begun_with
from tests.cast import LawFirm, make_law_firm
from tests.rows import every

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_keys")]

LONDON = "011442079460000"
# Seven digits: fewer would turn up by chance in the ids and times stored beside them.
FIRST, DISTINCT = "1234567", "8642097"


@begun_with
def firm() -> LawFirm:
    firm = make_law_firm(digits=FIRST)
    add_code(firm.account, name="Distinct", code=DISTINCT, actor=None)
    return firm


def everything_stored() -> str:
    """Every row of every table, as text."""
    rows = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += [str(row) for row in cursor.fetchall()]
    return "\n".join(rows)


def test_neither_codes_nor_tags_stand_in_the_database(firm: LawFirm) -> None:
    assert simulate(firm.ben, LONDON, [DISTINCT]).outcome == "connected"
    assert every(Call).get().account_code == DISTINCT
    stored = everything_stored()
    assert "Distinct" in stored
    assert DISTINCT not in stored


def test_the_spool_holds_no_code_in_clear(
    firm: LawFirm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries: list[Record] = []

    async def spool_it() -> bytes:
        spool = Spool(tmp_path / "spool")
        for entry in entries:
            await spool.append(entry)
        assert spool.current is not None
        spool.close()
        return spool.current.read_bytes()

    monkeypatch.setattr("callmark.switches.simulator.simulation.store", entries.extend)
    simulate(firm.ben, LONDON, [DISTINCT])
    written = asyncio.run(spool_it())
    assert json.loads(written)["tag"]["code_name"] == "Distinct"
    assert DISTINCT.encode() not in written


def test_a_gate_in_memory_holds_no_digits(firm: LawFirm) -> None:
    codes = load_account(firm.account).codes
    assert isinstance(codes, ByHash)
    assert codes[DISTINCT].name == "Distinct"
    assert "0000000" not in codes
    with pytest.raises(TypeError):
        list(codes)


def test_the_same_code_looks_different_on_two_accounts_and_in_two_rows(firm: LawFirm) -> None:
    other = make_law_firm("other", digits=FIRST)
    mine, theirs = find_code(firm.account, FIRST), find_code(other.account, FIRST)
    assert mine is not None
    assert theirs is not None
    assert mine.code_lookup != theirs.code_lookup
    assert mine.code_encrypted != theirs.code_encrypted


def test_the_keys_are_in_a_file_of_their_own_that_only_its_owner_reads(
    firm: LawFirm, settings: Settings
) -> None:
    assert settings.CODE_KEYS_FILE.stat().st_mode & 0o077 == 0
    assert settings.CODE_KEYS_FILE.read_text().strip() not in everything_stored()


def test_codes_are_found_by_name_or_by_their_exact_digits(firm: LawFirm) -> None:
    assert search_codes(firm.account, "disti").get().name == "Distinct"
    assert search_codes(firm.account, DISTINCT).get().name == "Distinct"
    assert not search_codes(firm.account, DISTINCT[:3]).exists()


def test_keys_can_be_changed_while_everything_goes_on(firm: LawFirm, settings: Settings) -> None:
    simulate(firm.ben, LONDON, [DISTINCT])
    running = load_account(firm.account).codes
    before = settings.CODE_KEYS_FILE.read_text()
    counted = rotate_keys()
    assert (counted["account codes"], counted["calls"]) == (2, 1)
    assert settings.CODE_KEYS_FILE.read_text().split()[0] not in before
    assert find_code(firm.account, DISTINCT)
    assert load_account(firm.account).codes[DISTINCT].name == "Distinct"
    assert every(Call).get().account_code == DISTINCT
    # A gate that has not yet read the new hashes still knows the codes by the old key.
    assert running[DISTINCT].name == "Distinct"
    drop_former_keys()
    assert len(settings.CODE_KEYS_FILE.read_text().split()) == 1
    assert every(Call).get().account_code == DISTINCT
    assert {code.code for code in every(AccountCode)} == {FIRST, DISTINCT}


def test_a_value_whose_key_is_gone_says_so(firm: LawFirm) -> None:
    sealed = keyring().encrypt("1234")
    stranger = Keyring(["A" * 43 + "="])
    with pytest.raises(WrongKey, match="missing from the code key file"):
        stranger.decrypt(sealed)


def test_who_may_not_see_a_code_sees_its_length() -> None:
    assert masked("1234") == "••••"
    assert masked("") == ""
