"""``python -m callmark``."""

from callmark.cli import main

main()
