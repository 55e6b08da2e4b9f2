"""FreeSWITCH's own call detail records: the last event of each channel, kept in a file.

``reading`` makes events of files, whatever wrote them; ``importing`` makes records of events, by
the same code that hears them live; ``follower`` reads what is new. A row tells of one channel, and
is enough by itself: records and their ends may come in any order, any number of times.
"""
