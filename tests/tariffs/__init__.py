"""What calls cost: rates made, read from lists, and what follows for calls."""
