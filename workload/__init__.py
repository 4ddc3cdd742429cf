"""A museum to try the system on: days of visits as the Pis send them, and a gallery film."""
