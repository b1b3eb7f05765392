"""All SQL, and nothing else: one file for each noun."""
