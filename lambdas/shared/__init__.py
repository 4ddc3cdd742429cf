"""What more than one function needs: time, tables, disclosure control, logs and metrics."""
