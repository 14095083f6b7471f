"""The two lines of descent of every population, and a third: what the experiments call them (Averbeck 2022, Fig 1G)."""

from pruninglab.rnn import TrainingResult, Weights

LINES = ("unpruned", "pruned", "corrected")
"""Retrained without pruning; pruned, with the authors' optimiser; pruned, with the residual masked too."""
STAGES = ("before", "after")
"""Retraining at a level."""
INITIAL_ARM, UNPRUNED_ARM, PRUNED_ARM = range(3)
"""Whose training data a random stream is for; the two pruned lines get the same random numbers."""
Trained = tuple[Weights, TrainingResult]
"""A network before a training, and what the training gave."""
