"""Users from a list: shapes that switches export, updates, and what is wrong with one."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmark.accounts.models import Extension, PhoneNumber, User
from callmark.accounts.refused import Refused
from callmark.accounts.services import add_trunk
from callmark.audit.models import AuditEntry
from callmark.codes.lines import UnreadableFile
from callmark.codes.models import UserCodeSettings
from callmark.codes.row_problems import RowsRefused
from callmark.codes.user_checks import Phones
from callmark.codes.user_files import MAX_ROWS, NewUser, read_users, sample_of
from callmark.codes.user_imports import Imported, import_users
from tests.cast import LawFirm, make_law_firm, make_user
from tests.rows import every


def run(firm: LawFirm, text: str, *, dry_run: bool = False, **more: object) -> Imported:
    options = {"phones": Phones(), "actor": firm.olivia} | more
    return import_users(firm.account, text.encode(), dry_run=dry_run, **options)  # type: ignore[arg-type]


def problems(firm: LawFirm, text: str, **more: object) -> list[tuple[int, str, str]]:
    found = run(firm, text, dry_run=True, **more)
    return [(one.row, one.column, one.message) for one in found.problems]


def phones(firm: LawFirm) -> set[tuple[str, str, str, str]]:
    rows = every(Extension).filter(account=firm.account).select_related("user", "switch")
    return {(one.user.name, one.number, one.endpoint, one.switch.name) for one in rows}


def test_an_operators_list_gives_phones_and_one_entry_tells(firm: LawFirm) -> None:
    done = run(
        firm,
        "Name;Extension;Endpoint;Number;Account codes\n"
        "Dora;103;acme-x;+12125550103;on\nEmil;104;;;\n",
        phones=Phones("lab", "acme-{extension}"),
    )
    assert (done.new, done.updated, done.extensions, done.shape) == (2, 0, 2, "A list of users")
    assert {one for one in phones(firm) if one[3] == "lab"} == {
        ("Dora", "103", "acme-x", "lab"),
        ("Emil", "104", "acme-104", "lab"),
    }
    assert every(PhoneNumber).get(e164="+12125550103").user.name == "Dora"
    assert every(UserCodeSettings).get(user__name="Dora").enabled
    assert not every(UserCodeSettings).filter(user__name="Emil").exists()
    assert not every(User).get(name="Dora").has_usable_password()
    entry = every(AuditEntry).latest("at")
    assert entry.action == "person.many_imported"
    assert entry.after == {"count": 2, "first_names": ["Dora", "Emil"], "extensions": 2}


def test_an_administrators_list_loses_its_phones(firm: LawFirm) -> None:
    done = run(firm, "extension,name\n103,Dora\n", phones=None)
    assert (done.new, done.extensions) == (1, 0)
    assert not every(User).get(name="Dora").extensions.exists()


@pytest.mark.parametrize(
    ("text", "shape", "names"),
    [
        (
            "extension,password,name,voicemail,ringtimer,outboundcid,tech\n"
            "201,S3cret!,Dora Bell,novm,0,,pjsip\n",
            "Extensions of FreePBX",
            ["Dora Bell"],
        ),
        (
            "extension_uuid,extension,password,effective_caller_id_name,directory_first_name,"
            "directory_last_name,enabled,description\nx,201,S3cret!,Dora,Dora,Bell,true,Desk\n",
            "Extensions of FusionPBX",
            ["Dora"],
        ),
        (
            "extension,directory_first_name,directory_last_name\n201,Dora,Bell\n",
            "Extensions of FusionPBX",
            ["Dora Bell"],
        ),
        ("Dora Bell\nSmith, Jane\n", "Names, one a line", ["Dora Bell", "Smith, Jane"]),
        ('\ufeffsep=;\nName;Ext\n"Bell; Dora";201\n', "A list of users", ["Bell; Dora"]),
    ],
)
def test_lists_as_switches_export_them_are_recognized(
    text: str, shape: str, names: list[str]
) -> None:
    found = read_users(text.encode(), phones=True)
    rows = list(found.rows)
    assert found.shape == shape
    assert [one.name for one in rows if isinstance(one, NewUser)] == names


def test_what_looks_like_a_secret_is_not_shown() -> None:
    sample = sample_of(b"extension,password,name\n201,S3cret!,Dora\n")
    assert sample is not None
    assert "S3cret!" not in str(sample.rows)
    assert sample.roles == ("extension", "", "name")


def test_users_who_are_there_are_a_problem_or_are_updated(firm: LawFirm) -> None:
    text = "name,extension,home country,account codes\nBenjamin,101,United Kingdom,off\n"
    assert problems(firm, text) == [
        (2, "", "This extension is in use already: take the line out, or update.")
    ]
    done = run(firm, text, update=True)
    assert (done.new, done.updated) == (0, 1)
    ben = every(User).get(pk=firm.ben.pk)
    assert (ben.name, ben.home_country) == ("Benjamin", "GB")
    assert not every(UserCodeSettings).get(user=ben).enabled
    assert run(firm, text, update=True).unchanged == 1


def test_somebody_without_a_phone_gets_the_extension_of_their_name(firm: LawFirm) -> None:
    make_user(firm.account, "Dora")
    assert run(firm, "name,extension\nDora,103\n", update=True).updated == 1
    assert ("Dora", "103", "103", "main") in phones(firm)
    # Ben has one already: another Ben is somebody else.
    assert run(firm, "name,extension\nBen,104\n").new == 1


def test_everything_that_is_wrong_is_said_and_nothing_added(firm: LawFirm) -> None:
    other = make_law_firm("other", digits="1234")
    add_trunk(firm.account, name="Old PBX")
    before = every(User).count()
    text = (
        "name,extension,endpoint,number,home country,account codes\n"
        ",201,,,,\n"
        "A,20x,,,,\n"
        "B,202,other-101,,,\n"
        "C,203,,+1 212,,\n"
        "D,204,,,Atlantis,maybe\n"
        "E,204,,,,\n"
        "F\u202eG,205,,,,\n"
        f"{'W' * 101},206,,,,\n"
        "Old PBX,,,,,\n"
        "H,,acme,,,\n"
    )
    assert other.ben.extensions.get().endpoint == "other-101"
    said = problems(firm, text, update=True)
    assert [(row, column) for row, column, _ in said] == [
        (2, "name"),
        (3, "extension"),
        (4, "endpoint"),
        (5, "number"),
        (6, "home_country"),
        (6, "account_codes"),
        (7, "extension"),
        (8, "name"),
        (9, "name"),
        (10, "name"),
        (11, "extension"),
    ]
    with pytest.raises(RowsRefused):
        run(firm, text, update=True)
    assert every(User).count() == before


def test_a_row_twice_and_a_number_of_another_account_are_refused(firm: LawFirm) -> None:
    other = make_law_firm("other")
    run(other, "name,number\nZoe,+12125550199\n")
    said = problems(firm, "name,number\nX,+12125550199\nY,+12125550100\nY,\n")
    assert said == [
        (2, "number", "This number already belongs to a user."),
        (4, "name", "The same name is in line 3 already."),
    ]


def test_columns_can_be_said_and_must_have_a_name(firm: LawFirm) -> None:
    text = "Mitarbeiter,Durchwahl\nDora,103\n"
    assert "Begin the list with a line" in problems(firm, text)[0][2]
    assert problems(firm, text, columns=("", "extension"))[0][2] == (
        "Say which column is the name."
    )
    assert run(firm, text, columns=("name", "extension"), dry_run=True).new == 1


def test_an_endpoint_must_say_where_the_extension_stands() -> None:
    with pytest.raises(Refused, match="where the extension stands"):
        Phones(endpoint="acme")


def test_so_many_rows_and_no_more() -> None:
    text = "name\n" + "x\n" * (MAX_ROWS + 1)
    last = list(read_users(text.encode(), phones=True).rows)[-1]
    assert "Send at most 10,000 users" in getattr(last, "message", "")


@given(data=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes_are_read_or_refused_with_words(data: bytes) -> None:
    sample_of(data)
    with suppress(UnreadableFile):
        for row in read_users(data, phones=True).rows:
            assert row.row > 0
