"""Tests, in the user's words: one file for each behaviour."""
