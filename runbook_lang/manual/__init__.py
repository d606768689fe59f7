"""Manuals for people: their Markdown, the commands in it, and what runbooks would be made of them. Pure."""
