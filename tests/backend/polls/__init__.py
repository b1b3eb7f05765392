"""Tests of the polls of a campaign's page."""
