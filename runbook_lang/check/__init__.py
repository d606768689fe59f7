"""Diagnostics over the whole program: names and types, effects, secrets, references. No rules of its own."""
