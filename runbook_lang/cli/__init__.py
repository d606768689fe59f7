"""The command line: from argv to a call of `api` to an exit code, and what people and programs are shown."""
