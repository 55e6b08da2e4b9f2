"""Call detail records: what was dialed, which code was given, how the call went.

Belongs here: stored records, lockouts and their queries. Does not: deciding a call (``gate``).
"""
