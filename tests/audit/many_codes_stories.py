"""One change by each service of many codes at once."""

from collections.abc import Callable

from callmark.codes import bulk, many
from callmark.codes.models import Kind
from tests.cast import LawFirm


def _undo_many(firm: LawFirm) -> None:
    imported = bulk.import_csv(
        firm.account,
        b"name,code\nAnother,4321\nHarper,1234\n",
        dry_run=False,
        update_names=True,
        actor=firm.olivia,
    )
    assert imported.batch is not None
    many.undo(imported.batch, actor=firm.olivia)


MANY_CODES_STORIES: dict[str, Callable[[LawFirm], object]] = {
    "codes.bulk.add_codes": lambda firm: bulk.add_codes(
        firm.account,
        [bulk.NewCode(1, "First", "1111"), bulk.NewCode(2, "Second", "2222")],
        actor=firm.olivia,
    ),
    "codes.bulk.import_csv": lambda firm: bulk.import_csv(
        firm.account, b"name,code\nFirst,1111\n", dry_run=False, actor=firm.olivia
    ),
    "codes.many.change_many": lambda firm: many.change_many(
        firm.account, Kind.LABEL, [firm.code.pk], label="Litigation", actor=firm.olivia
    ),
    "codes.many.undo": _undo_many,
}
