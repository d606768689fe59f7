"""The rules, once: `advance` and `open_moves` are pure and total, and everything else asks them."""
