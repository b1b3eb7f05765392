"""The rules of the product, pure: no clock, no randomness, no database, no HTTP."""
