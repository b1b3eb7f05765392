"""Tests of standbys that are asked what the public may know."""
