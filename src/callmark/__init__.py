"""Callmark: account codes for business phone systems.

Here: one package per part, named in docs/architecture.md. Not here: front-end sources
(``frontend/``), spoken prompts (``prompts/``), tests.
"""

__version__ = "0.1.0"
