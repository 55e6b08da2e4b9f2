"""Account codes and the settings that say when a call needs one.

Belongs here: the stored settings of accounts and users, the codes, and the services that change
them. Does not: the rules themselves (``policy``), call records (``calls``).
"""
