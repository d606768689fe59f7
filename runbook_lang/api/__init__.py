"""What the command line, the tests and an embedding program call: load, check, plan, run, resume, verify."""
