"""``callmark doctor``: what is wrong with an installation and its switches, and what to do.

``portal`` looks at the machine of the portal, the gate and the drain, ``switch`` at that of a
switch; on one machine both are looked at. Every question is answered by :class:`Examined`: findings
with what to do, or why nothing could be looked at. Nothing here shows a secret: no value of a
setting, no message of another program that may quote one.
"""
