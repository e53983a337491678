"""The folds that watch facts and time: commitments and signals. Pure."""
