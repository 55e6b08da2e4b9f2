"""Adapters that translate between a switch and the gate: one folder a switch.

Belongs here: protocols, configuration generators. Does not: decisions (``gate``, ``policy``).
"""
