"""The rules that noise-prune is compared with: each gives probabilities from a network and a density alone."""

from pruninglab.noiseprune import degree_probabilities, uniform_probabilities, weight_probabilities

CONTROLS = {"weight": weight_probabilities, "uniform": uniform_probabilities, "degree": degree_probabilities}
