"""Calls to tools: what facts and nights ask for by the blueprint's recipes, as rows that wait until they are made."""
