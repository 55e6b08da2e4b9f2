"""Call detail records: what was dialled, which code was given, how the call went.

Belongs here: stored records, lockouts and their queries. Does not: deciding a call (``gate``).
"""
