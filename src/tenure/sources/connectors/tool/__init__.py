"""Tools: what the blueprint's recipes call over HTTP. One folder for all of them, since their manifests are recipes."""
