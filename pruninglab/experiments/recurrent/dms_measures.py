"""What is measured on every network of the working-memory population, at every level (Averbeck 2022, Figs 2 to 5)."""

import numpy as np
import xarray as xr

from pruninglab.experiments.recurrent.records import MATRIX_DIMS
from pruninglab.rnn import (
    Weights,
    contraction_ratio,
    cumulative_singular_values,
    dms_conditions,
    dms_correct,
    dms_probe,
    forward,
    jacobians,
    lyapunov_spectrum,
    max_lyapunov,
    principal_components,
    total_input,
    weight_histogram,
)
from pruninglab.rnn.dms import PROBE_STRENGTHS, PROBE_TIMES, RESPONSE_STEPS
from pruninglab.rnn.lyapunov import EXAMPLE_STEPS, ORDERS, POPULATION_STEPS

PROBED_CONDITION = 3
"""Condition 4, the paper's choice wherever it looks at one condition."""
EXAMPLE_PROBE = (20, 0.2)
PCA_STEPS = slice(10, 58)
FIELD_STEPS = slice(17, 30)
FIELD_INPUTS = slice(FIELD_STEPS.start + 1, FIELD_STEPS.stop + 1)
"""Of the steps that leave the points of the field."""


def measure(weights: Weights) -> xr.Dataset:
    """Correct conditions with and without probes, and maximal Lyapunov exponents; dimension ``network`` first."""
    inputs, _ = dms_conditions()
    probes = np.stack([[dms_probe(time, strength) for strength in PROBE_STRENGTHS] for time in PROBE_TIMES])
    n_probed = probes.shape[:2]
    x, y = forward(weights, np.concatenate([inputs, probes.reshape(-1, *inputs.shape[1:])]))
    correct = dms_correct(y.reshape(len(y), -1, 4, *y.shape[2:])).sum(axis=-1)
    J = jacobians(weights.A, x[:, PROBED_CONDITION, POPULATION_STEPS])
    exponents = np.stack([max_lyapunov(J, order=order) for order in ORDERS], axis=-1)
    inputs_per_unit = total_input(weights.A)
    return xr.Dataset(
        {
            "n_correct": (("network", "probe_time", "strength"), correct[:, 1:].reshape(-1, *n_probed).astype("uint8")),
            "n_correct_unprobed": ("network", correct[:, 0].astype("uint8")),
            "max_lyapunov": (("network", "order"), exponents),
            "total_input": ("network", inputs_per_unit.mean(axis=-1)),
            "total_input_sd": ("network", inputs_per_unit.std(axis=-1)),
        },
        coords={"probe_time": list(PROBE_TIMES), "strength": list(PROBE_STRENGTHS), "order": list(ORDERS)},
    )


def describe(weights: Weights) -> xr.Dataset:
    """Weights, spectra, responses and relaxation of the networks of the example level; ``network`` first."""
    inputs, _ = dms_conditions()
    probe = dms_probe(*EXAMPLE_PROBE)[PROBED_CONDITION:]
    x, y = forward(weights, np.concatenate([inputs, probe]))
    variances, directions = principal_components(x[:, :4, PCA_STEPS].reshape(len(x), -1, x.shape[-1]))
    unprobed, probed = x[:, PROBED_CONDITION], x[:, 4]
    field = contraction_ratio(
        weights, unprobed[:, FIELD_STEPS], inputs[PROBED_CONDITION, FIELD_INPUTS], variances, directions
    )
    centres, counts = weight_histogram(weights.A)
    J = jacobians(weights.A, unprobed[:, EXAMPLE_STEPS])
    return xr.Dataset(
        {
            "histogram": (("network", "bin"), counts.astype("uint16")),
            "cumulative_singular_values": (("network", "rank"), cumulative_singular_values(weights.A)),
            "pca_variance": (("network", "rank"), variances),
            "lyapunov_spectrum": (("network", "rank"), lyapunov_spectrum(J)),
            "example_max_lyapunov": ("network", max_lyapunov(J)),
            "contraction_ratio": (("network", "kind", "field_step"), np.stack(field, axis=1)),
            "probe_distance": (("network", "step"), np.linalg.norm(probed - unprobed, axis=-1)),
            "response": (("network", "probed"), y[:, PROBED_CONDITION:, RESPONSE_STEPS, 0].mean(axis=-1)),
        }
        | {name: (("network", *MATRIX_DIMS[name]), getattr(weights, name)) for name in MATRIX_DIMS},
        coords={
            "bin": centres,
            "kind": ["weighted", "plane"],
            "field_step": np.arange(FIELD_STEPS.start, FIELD_STEPS.stop) + 1,
            "step": np.arange(x.shape[2]) + 1,
            "probed": [False, True],
        },
    )
