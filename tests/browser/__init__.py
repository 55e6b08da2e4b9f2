"""The portal in a real Chromium: desktop and phone, light and dark."""
