"""The mapping file: what the rows of a company's files mean. No Django."""
