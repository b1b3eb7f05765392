"""What `trk doctor` looks at: a small function for each check, each with one finding."""
