"""An account's activity in its readers' words: sentences, and what was before and after.

Does not belong here: what is recorded (``audit``).
"""
