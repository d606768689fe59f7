"""The language server: what an editor asks about a runbook, as pure functions, and the protocol around them."""
