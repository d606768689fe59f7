"""The language as frozen classes, each with its place in the file: what an author wrote, not yet what it means."""
