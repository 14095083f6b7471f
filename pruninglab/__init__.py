"""Companion package of the Pruning Lab textbook: how brains and networks prune synapses."""

__version__ = "0.1.0"
