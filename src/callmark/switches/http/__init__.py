"""Call control: a switch that asks over HTTP, a request for each step.

Belongs here: the port, and what is kept of a question between two requests. Does not: the
operations and their schemas (``api/resources/call_control.py``), or any rule (``policy``).
"""
