"""Figures of the foundations, one module per subject."""
