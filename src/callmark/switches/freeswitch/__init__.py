"""FreeSWITCH: the gate's side of its event socket, and the generator of its dialplan.

Belongs here: the event socket's protocol, the session of one call, the watcher of all calls, the
files that the switch reads and what it writes (CDR). ``variables`` holds every name that dialplan
and gate share. Does not belong here: anything another switch could use too (``gate``).
"""
