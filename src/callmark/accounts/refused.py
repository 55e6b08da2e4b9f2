"""The one error that services raise for a change that is not allowed."""


class Refused(Exception):
    """A change that is not allowed; ``message`` says what to do next, ``field`` where.

    ``code`` is the reason in one word for programs.
    """

    def __init__(self, message: str, field: str | None = None, *, code: str = "refused") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.code = code
