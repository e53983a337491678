"""Files that hold rows: delimited text and Excel, read as a stream and within limits. No Django."""
