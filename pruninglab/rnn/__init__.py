"""Part I: pruning recurrent networks that remember and learn (Averbeck, PNAS 2022)."""

from pruninglab.rnn.bandit import Blocks, bandit_blocks, teacher_blocks
from pruninglab.rnn.bench import train_episodes, walk_episodes
from pruninglab.rnn.choices import agreement, fit_learner, learner_values, output_changes, reward_per_block, value_error
from pruninglab.rnn.dms import dms_conditions, dms_correct, dms_probe, dms_trials
from pruninglab.rnn.episodes import Episode, TrainingResult
from pruninglab.rnn.forward import forward
from pruninglab.rnn.lyapunov import jacobians, lyapunov_spectrum, max_lyapunov
from pruninglab.rnn.masks import magnitude_mask
from pruninglab.rnn.new_cues import new_cue_conditions, new_cue_trials
from pruninglab.rnn.problem import loss_and_gradient
from pruninglab.rnn.scg import bandit_stop, dms_stop
from pruninglab.rnn.sequences import merge_repeats
from pruninglab.rnn.state_space import contraction_ratio, one_step_field, principal_components, separation
from pruninglab.rnn.structure import cumulative_singular_values, total_input, weight_histogram
from pruninglab.rnn.training import train_scg
from pruninglab.rnn.weights import Weights, initial_weights

__all__ = [
    "Blocks",
    "Episode",
    "TrainingResult",
    "Weights",
    "agreement",
    "bandit_blocks",
    "bandit_stop",
    "contraction_ratio",
    "cumulative_singular_values",
    "dms_conditions",
    "dms_correct",
    "dms_probe",
    "dms_stop",
    "dms_trials",
    "fit_learner",
    "forward",
    "initial_weights",
    "jacobians",
    "learner_values",
    "loss_and_gradient",
    "lyapunov_spectrum",
    "magnitude_mask",
    "max_lyapunov",
    "merge_repeats",
    "new_cue_conditions",
    "new_cue_trials",
    "one_step_field",
    "output_changes",
    "principal_components",
    "reward_per_block",
    "separation",
    "teacher_blocks",
    "total_input",
    "train_episodes",
    "train_scg",
    "value_error",
    "walk_episodes",
    "weight_histogram",
]
