"""Groups of incidents: which there are, and what people say of them."""
