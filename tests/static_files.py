"""WhiteNoise as it is, but it looks through the static files once, not for every client."""

from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile


class LooksOnce(WhiteNoiseMiddleware):  # type: ignore[misc]
    """A web process makes one of these when it starts; here every client makes one."""

    found: dict[str, StaticFile] | None = None

    def add_files_from_finders(self) -> None:
        """The files that the first one found, in a dictionary of its own."""
        if LooksOnce.found is None:
            super().add_files_from_finders()
            LooksOnce.found = dict(self.files)
        self.files.update(LooksOnce.found)
