"""Asterisk's own call detail records, as a second witness of what happened.

``rows`` says what one row is; ``reading`` finds rows in a file, ``freepbx`` in FreePBX's database;
``journal`` keeps the rows of late; ``meaning`` makes legs of them; ``importing`` is the only part
that knows Callmark's records; ``following`` reads a live file.
"""
