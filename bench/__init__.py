"""Benchmarks. They print ratios against a limit or a rival that is measured in the same run; none is a timed test."""
