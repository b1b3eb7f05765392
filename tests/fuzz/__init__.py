"""Requests that nobody should send, to every target, a hundred thousand times."""
