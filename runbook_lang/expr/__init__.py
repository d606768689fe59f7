"""Expressions, templates and word lists: text -> tree with places -> types -> closures. No I/O, no Python attribute access."""
