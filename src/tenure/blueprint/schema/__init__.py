"""The types of the operating model's parts, a file per subject. `tenure.blueprint.model` gathers them."""
