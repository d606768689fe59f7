"""What a runbook would do, known without running anything: planned steps, what is open, risk, digest."""
