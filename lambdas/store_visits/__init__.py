"""Validates visits and stores them once."""
