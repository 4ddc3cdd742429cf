"""One creator for each resource type that the templates use."""
