"""What a switch decides alone, while the gate is not asked or does not answer, for every switch.

Belongs here: what the configuration of any switch is written from, the strings that are emergency
calls, the numbers that connect while the gate is down, what a check finds. Does not belong here:
the language of one switch (``asterisk``, ``freeswitch``).
"""
