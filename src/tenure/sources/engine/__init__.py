"""The import engine: what rows wish for, a preview, the run itself, correcting and undoing."""
