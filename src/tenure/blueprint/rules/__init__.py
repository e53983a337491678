"""What must hold between the parts of a model, a file per subject. Each rule takes the model and its sources."""
