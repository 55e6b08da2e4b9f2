"""Signing in: second factors, passkeys, OIDC, invitations, sessions, and what the audit hears.

Built on allauth, never beside it. Belongs here: what decides who gets in and how (adapters,
services, middleware). Does not: pages (``portal``), what people may do once in (``accounts``).
"""
