"""A folder of YAML becomes one typed, validated operating model. Pure."""
