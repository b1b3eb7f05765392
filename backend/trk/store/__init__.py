"""SQL, and nothing else; SQL stands nowhere else. One file per noun."""
