"""What an account's calls cost: tariffs in versions, kept, changed, read from lists.

Belongs here: every change to a tariff, which version is in force on a day, rates from and to a
file. Does not belong here: the arithmetic (`policy/rating`), and what calls have cost (`calls`).
"""
