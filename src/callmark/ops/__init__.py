"""Running Callmark: logging, the process supervisor, the demo data.

Does not belong here: anything a request or a call needs to be decided.
"""
