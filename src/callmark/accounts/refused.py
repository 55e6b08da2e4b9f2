"""The one error that services raise for a change that is not allowed."""

from collections.abc import Callable, Mapping

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from callmark.languages import in_language


class Refused(Exception):
    """A change that is not allowed; ``message`` says what to do next, ``field`` where.

    ``code`` is the reason in one word for programs. A message of the policy is put into the
    language that is spoken; ``given`` is it as it was, for what is stored and read later.
    """

    def __init__(self, message: str, field: str | None = None, *, code: str = "refused") -> None:
        self.given = str(message)
        message = in_language(message)
        super().__init__(message)
        self.message = message
        self.field = field
        self.code = code


def refuse_if_invalid(
    check: Callable[[], object],
    field: str | None = None,
    *,
    constraints: Mapping[str, str] | None = None,
) -> None:
    """Make a check of Django's, such as ``row.full_clean``; raises :class:`Refused`.

    It names the first field that is wrong, or ``field``. Django does not say which one a constraint
    is about: ``constraints`` has the field for what a constraint says.
    """
    try:
        check()
    except ValidationError as problem:
        messages = problem.messages
        if field is None and hasattr(problem, "error_dict"):
            field, messages = next(iter(problem.message_dict.items()))
        if field == NON_FIELD_ERRORS:
            known = constraints or {}
            field = next((known[text] for text in messages if text in known), None)
        raise Refused(" ".join(messages), field) from None
