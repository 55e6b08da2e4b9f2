"""Commands for development: installing test tools, checks that no library has."""
