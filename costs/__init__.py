"""What the system costs: prices, the monthly bill, consumed capacity, and a load run."""
