"""Who changed what, when and from where: entries that are only ever added.

Belongs here: the entries, where a change comes from (:mod:`origin`), reading and exporting them.
Does not: accounts and people as such. An entry names them by id and by a copy of their name, so
that it tells the same story after they are gone.
"""
