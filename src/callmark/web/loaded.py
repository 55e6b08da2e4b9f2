"""What a web process has loaded stays: nothing of it is garbage."""

import gc
from importlib import import_module

from django.conf import settings


def keep_what_is_loaded() -> None:
    """Load all pages, then tell Python's collector to look at none of it again.

    Else every hundredth page or so waits while it goes through all code and all texts: 50 ms and
    more.
    """
    import_module(settings.ROOT_URLCONF)
    gc.collect()
    gc.freeze()
