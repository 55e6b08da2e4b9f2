"""Work beside a test's own, in a thread with a database connection of its own."""

import threading
from collections.abc import Callable

from django.db import connection


class Beside:
    """It is begun and waited for by the test; what goes wrong in it is raised there."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.done = threading.Event()
        self._work = work
        self._wrong: BaseException | None = None
        self._thread = threading.Thread(target=self._do)

    def begin(self) -> None:
        self._thread.start()

    def wait(self) -> None:
        self._thread.join(60)
        assert not self._thread.is_alive()
        if self._wrong is not None:
            raise self._wrong

    def _do(self) -> None:
        try:
            self._work()
        except BaseException as problem:
            self._wrong = problem
        finally:
            self.done.set()
            connection.close()
