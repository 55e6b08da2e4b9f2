"""What the dialplan leaves for the CDR of the calls that it decided alone."""

from callmark.switches.freeswitch.variables import PREFIX

MARKS = f"{PREFIX}_marks"
"""What the dialplan decided or asked, one mark for each question, for the CDR."""

ALONE = f"{PREFIX}_alone"
"""On called legs, ``UUID;NTH;BEFORE;NOW`` of the channel and the question that led there, where the
gate did not decide it."""
