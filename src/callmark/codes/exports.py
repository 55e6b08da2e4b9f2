"""Account codes as a file: ours, which can be imported again, or as another system reads them."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from callmark.accounts.models import Account
from callmark.codes.files import write_csv
from callmark.codes.labels import labels_of
from callmark.codes.models import CODE_IDS, AccountCode
from callmark.codes.use import have_rules
from callmark.codes.use_in_lists import UseInLists
from callmark.csv_files import FOR_PROGRAMS, CsvForm, csv_line
from callmark.policy.values import value_class

_CUCM_NAME = 50
_OPENS_ALL = "0"


@value_class
class Shape:
    """A file of codes that some system reads.

    ``row`` makes the cells of a code; None: it is ours. ``active_only``: it knows no others.
    """

    title: str | Promise
    heading: tuple[str, ...] = ()
    row: Callable[[AccountCode], tuple[str, ...]] | None = None
    active_only: bool = True
    encoding: str = "utf-8"
    delimiter: str = ","


SHAPES: dict[str, Shape] = {
    "callmark": Shape(gettext_lazy("Callmark: can be imported again"), active_only=False),
    "fusionpbx": Shape(
        "FusionPBX",
        ("pin_number", "accountcode", "enabled", "description"),
        lambda code: (code.code, code.name, str(code.active).lower(), code.label),
        active_only=False,
    ),
    "freepbx": Shape(
        gettext_lazy("FreePBX: a PIN set, without names"), (), lambda code: (code.code,)
    ),
    "cucm_cmc": Shape(
        gettext_lazy("Cisco CUCM: client matter codes"),
        (),
        lambda code: (code.code, code.name[:_CUCM_NAME]),
    ),
    "cucm_fac": Shape(
        gettext_lazy("Cisco CUCM: forced authorization codes, level 0"),
        (),
        lambda code: (code.code, code.name[:_CUCM_NAME], _OPENS_ALL),
    ),
    "shoretel": Shape(
        gettext_lazy("ShoreTel, Mitel"),
        ("Code", "Description"),
        lambda code: (code.code, code.name),
    ),
    "webex": Shape(
        gettext_lazy("Webex: tabs, UTF-16"),
        ("Code", "Description"),
        lambda code: (code.code, code.name),
        encoding="utf-16",
        delimiter="\t",
    ),
}
"""By the word that addresses and programs call them; these never change."""


def exported(account: Account, shape: str = "callmark", written: CsvForm = FOR_PROGRAMS) -> str:
    """All codes of an account, in clear; ours as it is to be ``written``.

    Raises ``KeyError`` for an unknown shape.
    """
    form = SHAPES[shape]
    codes = AccountCode.objects.of(account).order_by("name", "id")
    if form.active_only:
        codes = codes.filter(active=True)
    if form.row is None:
        return write_csv(codes.iterator(), form=written, **columns_of(account))
    return "".join(_lines(form, codes.iterator()))


def _lines(form: Shape, codes: Iterable[AccountCode]) -> Iterator[str]:
    assert form.row is not None
    if form.heading:
        yield _line(form, form.heading)
    for code in codes:
        yield _line(form, form.row(code))


def _line(form: Shape, cells: tuple[str, ...]) -> str:
    if form.delimiter == ",":
        return csv_line(cells)
    return form.delimiter.join(one.replace(form.delimiter, " ") for one in cells) + "\r\n"


def columns_of(account: Account) -> dict[str, Any]:
    """The options of :func:`~callmark.codes.files.write_csv`: no column that would be empty."""
    written_use = UseInLists(account).written if have_rules(account) else None
    return {
        "with_ids": have_ids(account),
        "with_labels": bool(labels_of(account)),
        "written_use": written_use,
    }


def have_ids(account: Account) -> bool:
    """Whether a code of the account has an id of another system."""
    without = dict.fromkeys(CODE_IDS, "")
    return AccountCode.objects.of(account).exclude(**without).exists()
