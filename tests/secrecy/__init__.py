"""Codes and digits must not be found in anything the test run wrote (but on paper for their owner).

``watch`` picks digits and remembers them; when the run ends, every log line of the run and every
file under the data folder and pytest's folder is searched for them (``tests/conftest.py``).
"""
