"""HTTP, and nothing else. One file per family of pages; handlers read, call and answer."""
