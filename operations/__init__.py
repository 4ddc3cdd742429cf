"""What an operator does to a deployment by hand: devices, refused messages, dead letters."""
