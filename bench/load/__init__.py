"""What a call costs, and what is left of it beyond the knee: sipp against a real Asterisk.

``python -m bench.load``; ``--help`` says what may be left out.
"""
