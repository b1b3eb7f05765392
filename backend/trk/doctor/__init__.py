"""The checks of `trk doctor`: a small function for each, which returns one finding."""
