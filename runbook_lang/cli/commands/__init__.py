"""One module a command, imported when the command is used. Each has `run(args, console) -> exit code`."""
