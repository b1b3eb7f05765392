"""Looks at a customer's page in a real browser and says whether it tracks."""
