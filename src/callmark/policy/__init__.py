"""The pure heart: what a dialed number is, which settings apply, and how a call goes.

Belongs here: rules, as functions and state machines of plain values. Does not: Django, files,
sockets, clocks, randomness. Callers pass in the time and what they know; they get back what to do.
"""
