"""``scripts/audit``: what the synthesised app is and may do, for an auditor to read."""
