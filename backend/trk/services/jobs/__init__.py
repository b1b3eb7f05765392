"""What the server does by itself: each job is a task with a loop of its own."""
