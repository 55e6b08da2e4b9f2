"""One module for each thing the API knows: its schemas, then its operations, thin over services."""
