"""The same of many users at once."""

from collections.abc import Callable

from callmark.codes import templates, user_batches, user_imports
from callmark.codes.user_batch_models import UserBatch, UserBatchKind
from callmark.codes.user_checks import Phones
from tests.cast import LawFirm


def _disabled(firm: LawFirm) -> UserBatch:
    return user_batches.change_many(
        firm.account, UserBatchKind.DISABLE, {firm.ben.pk: None}, actor=firm.olivia
    )


_LIST = b"name,extension,account codes,home country\r\nBenjamin,101,off,GB\r\nDora,103,on,\r\n"


def _imported(firm: LawFirm) -> None:
    user_imports.import_users(
        firm.account, _LIST, dry_run=False, update=True, phones=Phones(), actor=firm.olivia
    )


USER_STORIES: dict[str, Callable[[LawFirm], object]] = {
    "codes.templates.add_account_from": lambda firm: templates.add_account_from(
        templates.save_template(firm.account, "Firms", actor=None),
        {},
        name="New Firm",
        actor=firm.olivia,
    ),
    "codes.user_imports.import_users": _imported,
    "codes.user_batches.change_many": _disabled,
    "codes.user_batches.undo_many": lambda firm: user_batches.undo_many(
        _disabled(firm), actor=firm.olivia
    ),
}
