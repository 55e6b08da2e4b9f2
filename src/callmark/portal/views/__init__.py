"""The portal's pages: who may see it is asked in ``pages``; rules live in the services."""
