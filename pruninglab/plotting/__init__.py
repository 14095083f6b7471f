"""Figures of the book, one file per part. They take results and Axes, and run no model."""
