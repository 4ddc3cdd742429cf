"""What crosses from the edge to the cloud, defined once. Standard library only."""
