"""Part II: pruning Boltzmann machines by what a synapse can measure (Scholl, Rule & Hennig, PLOS Comput Biol 2021)."""

from pruninglab.boltzmann.dbm import DBM, assemble, bipartite, dbm_energy, first_hidden_probability, mean_field
from pruninglab.boltzmann.deep_pruning import (
    DEEP_CRITERIA,
    apply_masks,
    connected_units,
    layer_moments,
    prune_dbm,
    remove_dead_ends,
    with_lost_units,
    without_lost_units,
    zero_share,
)
from pruninglab.boltzmann.deep_training import train_dbm
from pruninglab.boltzmann.divergences import deletion_cost, empirical_distribution, kl_divergence, total_variation
from pruninglab.boltzmann.enumeration import (
    all_states,
    exact_distribution,
    exact_moments,
    log_partition,
    log_probabilities,
    state_number,
)
from pruninglab.boltzmann.estimates import heuristic_cofiring, heuristic_fi, mean_field_cofiring, variance_fi
from pruninglab.boltzmann.fisher import (
    existing_parameters,
    fisher_information,
    leading_eigenvector,
    marginal_fi,
    parameter_blocks,
)
from pruninglab.boltzmann.likelihood import maximise_likelihood
from pruninglab.boltzmann.particles import Particles, gibbs_steps, initial_particles
from pruninglab.boltzmann.pruning import (
    EXTRA_CRITERIA,
    PRUNING_CRITERIA,
    apply_mask,
    connected_hidden,
    connected_visible,
    importance,
    prune_weights,
)
from pruninglab.boltzmann.rbm import (
    RBM,
    energy,
    free_energy,
    hidden_probability,
    sigmoid,
    stack,
    visible_probability,
)
from pruninglab.boltzmann.receptive_fields import receptive_fields
from pruninglab.boltzmann.sampling import exact_samples, gibbs_samples, sample_moments
from pruninglab.boltzmann.training import initial_rbm, train_cd

__all__ = [
    "DBM",
    "DEEP_CRITERIA",
    "EXTRA_CRITERIA",
    "PRUNING_CRITERIA",
    "RBM",
    "Particles",
    "all_states",
    "apply_mask",
    "apply_masks",
    "assemble",
    "bipartite",
    "connected_hidden",
    "connected_units",
    "connected_visible",
    "dbm_energy",
    "deletion_cost",
    "empirical_distribution",
    "energy",
    "exact_distribution",
    "exact_moments",
    "exact_samples",
    "existing_parameters",
    "first_hidden_probability",
    "fisher_information",
    "free_energy",
    "gibbs_samples",
    "gibbs_steps",
    "heuristic_cofiring",
    "heuristic_fi",
    "hidden_probability",
    "importance",
    "initial_particles",
    "initial_rbm",
    "kl_divergence",
    "layer_moments",
    "leading_eigenvector",
    "log_partition",
    "log_probabilities",
    "marginal_fi",
    "maximise_likelihood",
    "mean_field",
    "mean_field_cofiring",
    "parameter_blocks",
    "prune_dbm",
    "prune_weights",
    "receptive_fields",
    "remove_dead_ends",
    "sample_moments",
    "sigmoid",
    "stack",
    "state_number",
    "total_variation",
    "train_cd",
    "train_dbm",
    "variance_fi",
    "visible_probability",
    "with_lost_units",
    "without_lost_units",
    "zero_share",
]
