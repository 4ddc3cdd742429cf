"""Recounts visits per artwork and hour."""
