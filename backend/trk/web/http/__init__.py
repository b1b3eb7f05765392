"""What all requests share, whatever they ask for."""
