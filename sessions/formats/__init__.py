"""Formats in which the published programme can be downloaded."""
