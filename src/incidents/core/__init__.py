"""What an incident is: pure functions and values, without a database, a socket or a clock."""
