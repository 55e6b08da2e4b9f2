"""The live side: every account's policy in memory, one decision per call, records made durable.

Belongs here: the snapshot, the call session that drives ``policy.flow``, the spool. Does not: any
switch's protocol (``switches``), any rule (``policy``).
"""
