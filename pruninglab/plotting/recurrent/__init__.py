"""Figures of Part I, one module per chapter."""
