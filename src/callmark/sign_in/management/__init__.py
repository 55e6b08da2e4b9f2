"""Commands for the operator at the server."""
