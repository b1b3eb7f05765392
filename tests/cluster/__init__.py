"""`make cluster`: three machines in one, as docs/operating.md has them, and how they are broken."""
