"""The edges: journal files, the store, masking, locks, the inbox, the clock, secrets, children of killed runs."""
