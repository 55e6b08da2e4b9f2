"""The portal's pages, as the people of the cast use them."""
