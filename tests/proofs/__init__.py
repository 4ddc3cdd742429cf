"""Long proofs, run when asked for: ``python -m tests.proofs.NAME``; docs/delivery.md tells more."""
