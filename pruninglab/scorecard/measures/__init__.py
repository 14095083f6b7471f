"""What each claim is judged by: functions from a stored summary to one number per replica, by subject."""

from pruninglab.scorecard.measures import (
    noise_beyond,
    noise_bridges,
    noise_dynamics,
    noise_growth,
    noise_guarantees,
    noise_rule,
    noise_spectrum,
    rbm_information,
    rbm_pruning,
    recurrent_bandit,
    recurrent_distraction,
    recurrent_population,
    recurrent_relearning,
    recurrent_structure,
    recurrent_training,
)
from pruninglab.scorecard.measures.registry import MEASURES

__all__ = [
    "MEASURES",
    "noise_beyond",
    "noise_bridges",
    "noise_dynamics",
    "noise_growth",
    "noise_guarantees",
    "noise_rule",
    "noise_spectrum",
    "rbm_information",
    "rbm_pruning",
    "recurrent_bandit",
    "recurrent_distraction",
    "recurrent_population",
    "recurrent_relearning",
    "recurrent_structure",
    "recurrent_training",
]
