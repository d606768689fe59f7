"""Plans, runs and findings as people read them: terminals, Markdown, HTML."""
