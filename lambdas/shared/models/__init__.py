"""What the functions pass around, by what it is about: none imports what it does not use."""
