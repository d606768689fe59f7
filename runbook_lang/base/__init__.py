"""What every layer stands on: records, source files with spans, diagnostics, durations."""
