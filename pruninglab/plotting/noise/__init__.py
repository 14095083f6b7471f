"""Figures of Part III, one module per subject."""
