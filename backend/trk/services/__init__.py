"""Deeds: what is done, once, for pages, API and command line alike."""
