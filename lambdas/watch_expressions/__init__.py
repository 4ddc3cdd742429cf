"""Tells the curator at once when many visits look negative, or come at once."""
