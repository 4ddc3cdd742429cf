"""The cloud functions: one folder each, and what they share."""
