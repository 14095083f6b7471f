"""Experiments of Part I: recurrent networks that remember and learn (Averbeck 2022)."""
