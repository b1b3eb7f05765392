"""How the project's JavaScript is checked: its types as strictly as they go, and by eslint."""
