"""``python -m bench``: every comparison."""

from bench import decisions, starting

decisions.main()
starting.main()
