"""Notifiers: one message over one channel. Each is a small module here, or a plugin."""
