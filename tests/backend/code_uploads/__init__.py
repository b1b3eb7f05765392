"""Tests of long lists of codes, which are added in parts."""
