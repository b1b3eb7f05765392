"""Tests in real browsers against real servers, over the network."""
