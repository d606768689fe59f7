"""Files to one tree with spans: the YAML reader, the tree, and the places of characters. No meaning lives here."""
