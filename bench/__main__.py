"""``python -m bench``: every comparison, the ones with a real Asterisk last."""

from bench import decisions

decisions.main()
