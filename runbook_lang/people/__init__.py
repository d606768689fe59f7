"""Who is told what, when: calendars, escalations and what is owed to people. No clock, no file, no network."""
