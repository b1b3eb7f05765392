"""Tests of what is deleted."""
