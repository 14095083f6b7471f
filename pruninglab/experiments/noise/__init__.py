"""Experiments of Part III: noise-driven pruning (Moore & Chaudhuri 2020)."""
