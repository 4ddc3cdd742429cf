"""Runs the synthesised CDK app on one machine: what the templates get wrong, this gets wrong."""
