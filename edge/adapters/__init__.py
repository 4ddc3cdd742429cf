"""One adapter a file; only these import cameras, networks and model runtimes."""
