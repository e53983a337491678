"""Tenure: a whole customer-success operating model from one folder of files."""

__version__ = "0.1.0"
