"""Template tags of the API's reference."""
