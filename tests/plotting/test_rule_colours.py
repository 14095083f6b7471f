"""One visual language: a rule has the same colour in all figures, and never colour alone."""

import re
from itertools import combinations
from pathlib import Path

import pytest

import pruninglab.plotting
from pruninglab.plotting import style
from pruninglab.plotting.boltzmann.pruning import CRITERION_STYLES
from pruninglab.plotting.foundations import importance, why_brains_prune
from pruninglab.plotting.noise import beyond, dynamics, proof
from pruninglab.plotting.noise import spectrum as noise
from pruninglab.plotting.recurrent.lines import LINE_DASHES, LINE_STYLES
from pruninglab.plotting.recurrent.relearning import ARM_STYLES
from pruninglab.plotting.style import BLACK, RULE_COLOURS
from pruninglab.plotting.synthesis import bench, theorem

DARKER = {"magnitude": style.DARK_ORANGE, "fisher": style.DARK_GREEN, "noise": style.DARK_BLUE}
RECURRENT = {"unpruned": None, "pruned": "magnitude", "corrected": "magnitude"}
BOLTZMANN = {
    "variance_fi": "fisher",
    "heuristic_fi": "fisher",
    "eigenvector": "fisher",
    "marginal_fi": "fisher",
    "weighted_fi": "fisher",
    "weighted_marginal_fi": "fisher",
    "weight_magnitude": "magnitude",
    "random_units": "random",
    "random_weights": "random",
    "anti_fi": "anti",
    "equal_training": None,
}
NOISE = {
    "noise-prune": "noise",
    "closed form": "noise",
    "weight": "magnitude",
    "magnitude": "magnitude",
    "degree": "degree",
    "uniform": "random",
}
BENCH = {
    "magnitude": "magnitude",
    "degree": "degree",
    "leverage": "noise",
    "saliency_matched": "noise",
    "saliency_original": "fisher",
    "variance": "fisher",
    "random": "random",
    "anti": "anti",
}
PARTS = {
    "recurrent": (RECURRENT, {name: (look["color"], look["marker"]) for name, look in LINE_STYLES.items()}),
    "boltzmann": (BOLTZMANN, {name: (look["color"], look["marker"]) for name, look in CRITERION_STYLES.items()}),
    "noise": (NOISE, {name: (colour, beyond.MARKERS[name]) for name, colour in beyond.COLOURS.items()}),
    "synthesis": (BENCH, {name: (colour, bench.MARKERS[name]) for name, colour in bench.COLOURS.items()}),
}
"""For every part the kind of each of its rules, None without pruning, and colour and marker of each rule."""


@pytest.mark.parametrize("part", PARTS)
def test_a_rule_has_the_colour_of_its_kind(part):
    kinds, looks = PARTS[part]
    assert set(kinds) == set(looks)
    for rule, kind in kinds.items():
        allowed = {BLACK} if kind is None else {RULE_COLOURS[kind], DARKER.get(kind)}
        assert looks[rule][0] in allowed, rule


def test_the_foundations_have_the_colours_of_the_parts():
    assert importance.COLOURS["magnitude"] == bench.COLOURS["magnitude"]
    assert importance.COLOURS["leverage"] == bench.COLOURS["leverage"]
    fates = {name: colour for name, (colour, _) in why_brains_prune.STYLES.items()}
    assert fates == {"magnitude": RULE_COLOURS["magnitude"], "random": RULE_COLOURS["random"], "unpruned": BLACK}
    saliency = importance.COLOURS["Fisher saliency"]
    assert saliency == bench.COLOURS["saliency_original"] == CRITERION_STYLES["weighted_fi"]["color"]


@pytest.mark.parametrize("part", PARTS)
def test_no_two_rules_share_a_marker(part):
    _, looks = PARTS[part]
    markers = [marker for _, marker in looks.values()]
    assert len(set(markers)) == len(markers)


def test_the_simplest_rule_of_every_kind_has_the_very_colour():
    assert LINE_STYLES["pruned"]["color"] == CRITERION_STYLES["weight_magnitude"]["color"] == RULE_COLOURS["magnitude"]
    assert noise.RULE_COLOURS["noise-prune"] == proof.NOISE_PRUNE == bench.COLOURS["leverage"] == RULE_COLOURS["noise"]
    assert CRITERION_STYLES["variance_fi"]["color"] == bench.COLOURS["variance"] == RULE_COLOURS["fisher"]
    assert CRITERION_STYLES["anti_fi"]["color"] == bench.COLOURS["anti"] == RULE_COLOURS["anti"]
    assert noise.RULE_COLOURS["uniform"] == CRITERION_STYLES["random_weights"]["color"] == RULE_COLOURS["random"]
    assert noise.RULE_COLOURS["degree"] == bench.COLOURS["degree"] == RULE_COLOURS["degree"]


def test_lines_without_markers_differ_in_style():
    assert len(set(LINE_DASHES.values())) == len(LINE_DASHES) == len(LINE_STYLES)
    assert set(noise.RULE_LINES) == set(noise.RULE_COLOURS)
    assert len(set(dynamics.TRACE_STYLES.values())) == len(noise.RULE_LINES) + 1


def test_other_tables_take_their_looks_from_these():
    assert ARM_STYLES["none"] == LINE_STYLES["unpruned"]
    assert ARM_STYLES["pruned"] == LINE_STYLES["pruned"]
    looks = [(arm["color"], arm["marker"], arm.get("fillstyle", "full")) for arm in ARM_STYLES.values()]
    assert all(one[1:] != other[1:] for one, other in combinations(looks, 2))
    assert set(theorem.SCORES.values()) <= set(bench.COLOURS)


def test_kinds_differ_in_colour_and_their_relatives_stand_out_on_white():
    assert len(set(RULE_COLOURS.values()) | set(DARKER.values())) == len(RULE_COLOURS) + len(DARKER)
    assert {style.text_colour(colour) for colour in DARKER.values()} == {"white"}
    assert style.text_colour("white") == style.text_colour(RULE_COLOURS["magnitude"]) == BLACK


def test_no_size_set_by_hand_is_below_eight_points():
    sizes, by_hand = {}, r"(?:fontsize|labelsize|titlesize|font\.size)\W+(\d+(?:\.\d+)?)"
    for path in Path(pruninglab.plotting.__file__).parent.rglob("*.py"):
        for size in re.findall(by_hand, path.read_text("utf-8")):
            sizes.setdefault(float(size), path.name)
    assert len(sizes) > 3
    assert min(sizes) >= 8, sizes[min(sizes)]
