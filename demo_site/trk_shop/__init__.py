"""The demo's shop: all it knows of the tracking server is an address and a campaign's key."""
