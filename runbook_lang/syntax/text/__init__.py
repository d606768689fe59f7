"""The text form: `.runbook` files to the same tree that a YAML file gives. Nothing here is imported for YAML files."""
