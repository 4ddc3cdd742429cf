"""Hands one letter after the other to SNS."""
