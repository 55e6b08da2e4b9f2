"""Webhooks: messages to an account's own programs when something happens.

Belongs here: where messages go, what is in them, the outbox and the worker that sends it. Does not:
deciding that something happened. The parts below say so with signals, inside their transaction.
"""
