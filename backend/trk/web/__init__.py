"""HTTP, and nothing else: a file for each family of pages; handlers read, call and respond."""
