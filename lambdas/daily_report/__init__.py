"""Writes and mails the curator's daily report."""
