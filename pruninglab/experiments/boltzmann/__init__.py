"""Part II: the experiments of Scholl, Rule & Hennig (2021), and what is exact where they sample."""
