"""Accounts, their users, extensions, phone numbers and switches, and who may do what.

Does not belong here: account-code settings and codes (``codes``), call records (``calls``).
"""
