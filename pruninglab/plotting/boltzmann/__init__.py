"""Figures of Part II, one module per chapter."""
