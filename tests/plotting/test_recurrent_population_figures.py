import numpy as np
import pytest
import xarray as xr
from scipy import stats

from pruninglab.plotting.recurrent import lines, population, relearning

LINES = ["unpruned", "pruned", "corrected"]
DMS = "run dms\n--preset paper --replicas 0:16"
MISSING = {
    "compare": (lambda axis: lines.compare(axis, None, ""), DMS),
    "loss of twin": (lambda axis: population.by_starting_loss(axis, None, None, "", 0.0105), DMS),
    "score": (lambda axis: population.exponent_by_score(axis, None, LINES), DMS),
    "before and after": (lambda axis: population.before_and_after(axis, None, "pruned", ""), DMS),
    "distances": (lambda axis: population.distances(axis, None, LINES), DMS),
    "direct": (lambda axis: relearning.mean_losses(axis, None, LINES), "run\ndirect --replicas"),
    "new cues": (lambda axis: relearning.mean_losses(axis, None, LINES, experiment="new-cues"), "run\nnew-cues"),
    "arms": (lambda axis: relearning.by_arm(axis, None, ""), "run\nregularisers --replicas"),
}
NAMES = {"unpruned": "unpruned", "pruned": "pruned", "corrected": "pruned, residual masked"}


def axis_labels(axis):
    return axis.get_xlabel(), axis.get_ylabel()


def check_errorbar(container, x, values):
    """Means and standard errors of values (replica, x)."""
    points, _, (bars,) = container
    np.testing.assert_allclose(points.get_xydata(), np.column_stack([x, values.mean(axis=0)]))
    ends = np.array(bars.get_segments())
    np.testing.assert_allclose(ends[:, :, 0], np.column_stack([x, x]))
    half = (ends[:, 1, 1] - ends[:, 0, 1]) / 2
    np.testing.assert_allclose(half, values.std(axis=0) / np.sqrt(len(values)))
    np.testing.assert_allclose(ends[:, :, 1].mean(axis=1), values.mean(axis=0))


def edges(band):
    """Lower and upper edge of a filled area, by x."""
    x, y = band.get_paths()[0].vertices.T
    return np.transpose([(y[x == place].min(), y[x == place].max()) for place in np.unique(x)])


@pytest.mark.parametrize("name", MISSING)
def test_a_missing_result_draws_not_run_and_the_command(says_not_run, name):
    says_not_run(*MISSING[name])


LEVELS = [0.4, 0.5, 0.7, 0.75, 0.9]
T = {"pruned": [9.0, 2.7, -5.0, 0.3, 4.0], "corrected": [1.0, 3.2, 0.5, -3.0, 0.2]}
"""Of the differences from the unpruned line; twelve pairs need 2.2 for P = 0.05 and 3.1 for P = 0.01."""


@pytest.fixture
def compared():
    """Values of twelve networks whose lines differ by the numbers T at every level."""
    rng = np.random.default_rng(0)
    unpruned = rng.normal(size=(12, 5))
    lines = [unpruned]
    for t in T.values():
        noise = rng.normal(size=(12, 5))
        noise = (noise - noise.mean(axis=0)) / noise.std(axis=0, ddof=1)
        lines.append(unpruned + rng.uniform(0.1, 0.5, size=5) * (noise + np.array(t) / np.sqrt(12)))
    coords = {"replica": range(12), "line": LINES, "level": LEVELS}
    return xr.DataArray(np.stack(lines, axis=1), coords=coords, dims=("replica", "line", "level"))


def found_in_four_of_five(difference):
    """Median over columns of the difference that t finds with power 0.8 at the level 0.01."""
    n = len(difference)
    edge = stats.t.ppf(0.995, n - 1)
    shifts = np.linspace(3, 6, 3001)
    power = stats.nct.sf(edge, n - 1, shifts) + stats.nct.cdf(-edge, n - 1, shifts)
    return np.median(shifts[np.abs(power - 0.8).argmin()] * difference.std(axis=0, ddof=1) / np.sqrt(n))


def bars(axis):
    return [line for line in axis.lines if line.get_linewidth() == 3]


def test_lines_are_compared_by_means_and_standard_errors(axis, compared):
    lines.compare(axis, compared.transpose("line", "level", "replica"), "share correct")
    assert [container.get_label() for container in axis.containers] == ["unpruned", "pruned"]
    for place, container in enumerate(axis.containers):
        check_errorbar(container, LEVELS, compared.values[:, place])
    assert axis.get_ylabel() == "share correct"


@pytest.mark.parametrize(
    ("tested", "expected"), [(("pruned", "unpruned"), [0, 2, 4]), (("corrected", "unpruned"), [1])]
)
def test_bars_stand_exactly_where_a_paired_test_finds_a_difference(axis, compared, tested, expected):
    first, second = (compared.values[:, LINES.index(line)] for line in tested)
    assert np.flatnonzero(stats.ttest_1samp(first - second, 0).pvalue < 0.01).tolist() == expected
    lines.compare(axis, compared, "", lines=LINES, tested=tested)
    np.testing.assert_allclose([bar.get_xdata().mean() for bar in bars(axis)], np.array(LEVELS)[expected])
    for bar in bars(axis):
        np.testing.assert_allclose(np.diff(bar.get_xdata()), 0.05)
        assert bar.get_ydata()[0] == bar.get_ydata()[1] > compared.values.mean(axis=0).max()


def test_networks_that_do_not_differ_get_no_bar(axis, compared):
    lines.compare(axis, compared, "", tested=("pruned", "pruned"))
    assert bars(axis) == []
    assert axis.get_title(loc="right") == "n = 12, finds 0"


def test_the_title_says_how_many_networks_there_are_and_what_they_find(axis, compared):
    lines.compare(axis, compared, "", lines=LINES, tested=("corrected", "pruned"))
    found = found_in_four_of_five(compared.values[:, 2] - compared.values[:, 1])
    assert axis.get_title(loc="right") == f"n = 12, finds {found:.2g}"
    assert [container.get_label() for container in axis.containers] == list(NAMES.values())


def test_differences_from_twins_are_drawn_against_the_loss_of_the_common_start(axis):
    rng = np.random.default_rng(4)
    values = xr.DataArray(rng.normal(size=(6, 2)), coords={"line": LINES[1:]}, dims=("replica", "line"))
    loss = xr.DataArray(rng.uniform(0.01, 0.05, size=6), dims="replica")
    population.by_starting_loss(axis, loss, values, "gain", criterion=0.0105)
    drawn = {line.get_label(): line.get_xydata() for line in axis.lines}
    for place, line in enumerate(LINES[1:]):
        np.testing.assert_array_equal(drawn[NAMES[line]], np.column_stack([loss, values[:, place]]))
    assert set(drawn["criterion"][:, 0]) == {0.0105}
    assert axis.get_xscale() == "log"
    assert [label.get_text() for label in axis.get_xticklabels()] == ["0.01", "0.02", "0.04"]
    assert axis.get_title(loc="right") == "n = 6"
    assert axis_labels(axis) == ("loss of the common start", "gain")


@pytest.fixture
def summary():
    """Eight networks; whole numbers of correct answers under the one probe, otherwise no two numbers are equal."""
    rng = np.random.default_rng(1)
    level = ("replica", "line", "level", "stage")
    n_correct = rng.uniform(0, 4, size=(8, 3, 3, 2, 2, 2))
    n_correct[:, :, 1, 1, 1, 0] = np.array(
        [[2, 3, 3, 4, 2, 4, 4, 3], [1, 2, 4, 2, 1, 3, 3, 3], [4, 4, 1, 1, 3, 3, 3, 4]]
    ).T
    return xr.Dataset(
        {
            "n_correct": ((*level, "probe_time", "strength"), n_correct),
            "max_lyapunov": ((*level, "order"), rng.normal(size=(8, 3, 3, 2, 2))),
            "probe_distance": (("replica", "line", "step"), rng.uniform(0.01, 2, size=(8, 3, 58))),
        },
        coords={
            "replica": range(8),
            "line": LINES,
            "level": [0.65, 0.7000000000000001, 0.75],
            "stage": ["before", "after"],
            "probe_time": [16, 20],
            "strength": [0.2, 0.4],
            "order": ["time", "code"],
            "step": range(1, 59),
        },
    )


def test_exponents_by_score_with_their_counts_and_correlation(axis, summary):
    lines = ["unpruned", "corrected"]
    population.exponent_by_score(axis, summary, lines)
    for place, container in zip((0, 2), axis.containers, strict=True):
        score = summary["n_correct"].values[:, place, 1, 1, 1, 0]
        exponent = summary["max_lyapunov"].values[:, place, 1, 1, 0]
        points, _, (bars,) = container
        assert list(points.get_xdata()) == [0.25, 0.5, 0.75, 1.0]
        for number, mean, bar in zip((1, 2, 3, 4), points.get_ydata(), bars.get_segments(), strict=True):
            group = exponent[score == number]
            if group.size:
                np.testing.assert_allclose(mean, group.mean())
                np.testing.assert_allclose(np.ptp(bar[:, 1]) / 2, group.std() / np.sqrt(group.size), atol=1e-12)
            else:
                assert np.isnan(mean)
        name = NAMES[LINES[place]]
        assert container.get_label() == f"{name}, r = {stats.pearsonr(score, exponent)[0]:.2f}"
    counts = [(text.get_text(), text.xy[0]) for text in axis.texts]
    assert counts == [("2", 0.5), ("3", 0.75), ("3", 1.0), ("2", 0.25), ("3", 0.75), ("3", 1.0)]
    np.testing.assert_allclose(axis.texts[3].xy[1], axis.containers[1][0].get_ydata()[0])
    assert len(axis.get_legend().get_texts()) == 2
    assert axis.get_title(loc="right") == "n = 8"
    assert axis_labels(axis) == ("share correct, probe at 20, strength 0.2", "maximal exponent")


def test_before_retraining_is_open_and_after_it_filled(axis, summary):
    values = summary["max_lyapunov"].sel(order="code")
    population.before_and_after(axis, values, "corrected", "exponent")
    labels = ["pruned, residual masked, before retraining", "pruned, residual masked, after retraining"]
    assert [container.get_label() for container in axis.containers] == labels
    for stage, container in enumerate(axis.containers):
        check_errorbar(container, summary["level"].values, values.values[:, 2, :, stage])
    assert [container[0].get_markerfacecolor() == "white" for container in axis.containers] == [True, False]
    assert axis.get_title(loc="right") == "n = 8"
    assert axis_labels(axis) == ("prune fraction", "exponent")


def test_distances_are_geometric_means_with_the_middle_half(axis, summary):
    population.distances(axis, summary, ["pruned", "unpruned"])
    assert axis.get_yscale() == "log"
    for place, curve, band in zip((1, 0), axis.lines, axis.collections, strict=False):
        values = summary["probe_distance"].values[:, place, 20:53]
        assert curve.get_label() == LINES[place]
        np.testing.assert_array_equal(curve.get_xdata(), range(21, 54))
        np.testing.assert_allclose(curve.get_ydata(), values.prod(axis=0) ** (1 / 8))
        quartiles = np.exp(np.quantile(np.log(values), [0.25, 0.75], axis=0))
        np.testing.assert_allclose(edges(band), quartiles)
    assert axis.lines[-1].get_xdata()[0] == 40
    assert axis.get_title(loc="right") == "n = 8"
    assert axis_labels(axis) == ("step", "distance of the states")


def test_mean_losses_begin_at_the_second_iteration(axis):
    losses = np.random.default_rng(2).uniform(0.01, 0.2, size=(3, 7, 6))
    coords = {"line": LINES, "replica": range(6)}
    dataset = xr.Dataset({"logged_loss": (("line", "iteration", "replica"), losses)}, coords=coords)
    relearning.mean_losses(axis, dataset, ["corrected", "unpruned"])
    assert axis.get_yscale() == "log"
    assert [curve.get_label() for curve in axis.lines] == ["pruned, residual masked", "unpruned"]
    for place, curve, band in zip((2, 0), axis.lines, axis.collections, strict=True):
        own = losses[place, 1:].T
        mean, error = own.mean(axis=0), own.std(axis=0) / np.sqrt(6)
        np.testing.assert_array_equal(curve.get_xdata(), range(2, 8))
        np.testing.assert_allclose(curve.get_ydata(), mean)
        np.testing.assert_allclose(edges(band), [mean - error, mean + error])
    assert axis.get_title(loc="right") == "n = 6"
    assert axis_labels(axis) == ("outer iteration", "logged loss")


def test_arms_stand_side_by_side_at_every_number_of_repeats(axis):
    arms = ["jolt", "none", "strong decay", "pruned", "weak decay", "strong noise", "weak noise"]
    values = np.random.default_rng(3).normal(size=(7, 3, 9))
    coords = {"arm": arms, "repeats": [5, 20, 80], "replica": range(9)}
    relearning.by_arm(axis, xr.DataArray(values, coords=coords, dims=("arm", "repeats", "replica")), "variance")
    names = ["retrained only", "pruned", "weak decay", "strong decay", "weak noise", "strong noise", "jolt"]
    assert [container.get_label() for container in axis.containers] == names
    for number, place in enumerate((1, 3, 4, 2, 6, 5, 0)):
        x = np.arange(3) + [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3][number]
        check_errorbar(axis.containers[number], x, values[place].T)
    assert list(axis.get_xticks()) == [0, 1, 2]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["5", "20", "80"]
    assert axis.get_title(loc="right") == "n = 9"
    assert axis_labels(axis) == ("repeats of each condition", "variance")
