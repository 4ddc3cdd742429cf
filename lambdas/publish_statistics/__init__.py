"""Publishes yesterday's numbers as metrics."""
