"""The server: receives beacons, unlocks actions, shows campaigns."""
