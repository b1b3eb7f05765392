"""`make bench`: durable beacons a second, as ratios to a route that stores nothing."""
