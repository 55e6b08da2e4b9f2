"""The REST API: the portal's services for programs.

Does not belong here: business rules (services in ``codes``, ``calls``, ``accounts``).
"""
