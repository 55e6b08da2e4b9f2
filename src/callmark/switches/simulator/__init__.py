"""A call without a switch: the gate's own flow, driven by a list of key presses.

Does not belong here: pages or command-line parsing (``portal``, ``cli``).
"""

from callmark.switches.simulator.simulation import Simulation, simulate

__all__ = ["Simulation", "simulate"]
