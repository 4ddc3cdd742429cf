"""The subcommands of ``museum-edge``, one a file."""
