"""A stranger's shop: knows the tracking server only by its address and a campaign's key."""
