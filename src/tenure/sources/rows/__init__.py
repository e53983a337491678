"""From the cells of a line to typed values, checked against what the mapping says of them. No Django."""
