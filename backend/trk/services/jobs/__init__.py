"""What the server does by itself, each on one periodic loop."""
