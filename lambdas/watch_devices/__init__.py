"""Tells the operators of cameras that fell silent while their museum is open."""
