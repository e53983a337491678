"""Pages: URLs, forms, views and templates; no models, no rules."""
