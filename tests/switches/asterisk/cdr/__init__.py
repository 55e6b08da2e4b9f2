"""The switch's own call detail records. The rows in ``rows/`` are of real calls on Asterisk 22."""
