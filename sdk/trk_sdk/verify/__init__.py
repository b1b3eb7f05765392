"""`trk verify`: opens a customer's page in a real browser and says whether tracking works."""
