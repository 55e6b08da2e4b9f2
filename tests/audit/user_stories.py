"""The same of many users at once."""

from collections.abc import Callable

from callmark.codes import user_batches
from callmark.codes.user_batch_models import UserBatch, UserBatchKind
from tests.factories import LawFirm


def _disabled(firm: LawFirm) -> UserBatch:
    return user_batches.change_many(
        firm.account, UserBatchKind.DISABLE, {firm.ben.pk: None}, actor=firm.olivia
    )


USER_STORIES: dict[str, Callable[[LawFirm], object]] = {
    "codes.user_batches.change_many": _disabled,
    "codes.user_batches.undo_many": lambda firm: user_batches.undo_many(
        _disabled(firm), actor=firm.olivia
    ),
}
