"""What all requests have in common, whatever they are for."""
