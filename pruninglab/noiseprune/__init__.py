"""Part III: noise-driven pruning of recurrent networks (Moore & Chaudhuri, NeurIPS 2020)."""

from pruninglab.noiseprune.covariance import diff_covariance, euler_covariance, noise_covariance
from pruninglab.noiseprune.divergence import stationary_divergence
from pruninglab.noiseprune.fisher import stationary_fisher
from pruninglab.noiseprune.guarantees import chernoff_bounds, edge_incidence, promised_epsilon
from pruninglab.noiseprune.networks import bridge_network, clustered_network, illustration_network
from pruninglab.noiseprune.probabilities import (
    degree_probabilities,
    fill_to_density,
    leverages,
    preservation_probabilities,
    uniform_probabilities,
    weight_probabilities,
)
from pruninglab.noiseprune.pruning import magnitude_prune, prune, threshold_prune
from pruninglab.noiseprune.recordings import relative_sampling_error, sampled_diff_covariance, stationary_paths
from pruninglab.noiseprune.simulation import simulate
from pruninglab.noiseprune.sketch import noise_snapshots, sketched_leverages, snapshots_needed
from pruninglab.noiseprune.spectrum import SpectralSimilarity, spectral_epsilon, spectral_similarity

__all__ = [
    "SpectralSimilarity",
    "bridge_network",
    "chernoff_bounds",
    "clustered_network",
    "degree_probabilities",
    "diff_covariance",
    "edge_incidence",
    "euler_covariance",
    "fill_to_density",
    "illustration_network",
    "leverages",
    "magnitude_prune",
    "noise_covariance",
    "noise_snapshots",
    "preservation_probabilities",
    "promised_epsilon",
    "prune",
    "relative_sampling_error",
    "sampled_diff_covariance",
    "simulate",
    "sketched_leverages",
    "snapshots_needed",
    "spectral_epsilon",
    "spectral_similarity",
    "stationary_divergence",
    "stationary_fisher",
    "stationary_paths",
    "threshold_prune",
    "uniform_probabilities",
    "weight_probabilities",
]
