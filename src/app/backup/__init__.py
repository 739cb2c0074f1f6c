"""The whole database in one checked file, and back: `inventory backup`, `inventory restore` (decision 0008)."""
