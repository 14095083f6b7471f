"""Build assignments from their masters and grade what students hand in."""
