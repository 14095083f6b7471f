"""Figures of Part IV."""
