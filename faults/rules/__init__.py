"""Rules, and a receiver of what they tell, in a deployment that is struck."""
