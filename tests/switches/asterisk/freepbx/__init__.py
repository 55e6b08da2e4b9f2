"""A FreePBX with Callmark in it, on a real Asterisk."""
