"""Trains, exports and judges the expression network that the cameras carry."""
