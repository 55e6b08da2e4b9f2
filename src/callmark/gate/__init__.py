"""The live side: every account's policy in memory, one decision per leg, records made durable.

Belongs here: the snapshot, the one interpreter of the flows' actions (``call``), the spool. Does
not: any switch's protocol (``switches``), any rule (``policy``).
"""
