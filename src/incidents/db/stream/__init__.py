"""New incidents in the order of their ids, whatever the order of their commits."""
