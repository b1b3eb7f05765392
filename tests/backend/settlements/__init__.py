"""Tests of friends who are counted in parts: anew, or with a referrer who is let in again."""
