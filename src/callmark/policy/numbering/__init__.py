"""National numbering plans: what the public metadata says, and what it lacks."""
