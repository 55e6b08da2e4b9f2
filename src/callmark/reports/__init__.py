"""Reports: what was called, by code (the bill), user, type, number and time; kept and scheduled.

``definitions`` says what can be asked and what is answered, ``making`` answers. Does not belong
here: pages and addresses (``portal``), what a call costs (``rates``).
"""
