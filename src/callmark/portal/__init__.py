"""The web portal: pages, forms, templates and built static files.

Does not belong here: rules and queries that the API would need too (services, ``policy``).
"""
