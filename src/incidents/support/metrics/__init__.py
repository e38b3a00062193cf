"""What is counted of a server's work, in numbers that all its workers share."""
