"""What the pages let people enter. Rules that the API needs too are in the services, not here."""
