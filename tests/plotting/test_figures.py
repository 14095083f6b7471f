import matplotlib.pyplot as plt
import numpy as np
import pytest

from pruninglab.experiments.noise import convergence, illustration, spectrum
from pruninglab.plotting.noise import linear_networks as activity_figures
from pruninglab.plotting.noise import rule as rule_figures
from pruninglab.plotting.noise import spectrum as spectrum_figures
from pruninglab.plotting.style import RESOLUTION, WIDTH, page_figure, use_house_style

MISSING = {
    "distributions": lambda axis: spectrum_figures.distributions(axis, None, "cosine", spectrum.RULES),
    "errors_by_rate": lambda axis: spectrum_figures.errors_by_rate(axis, None, "cosine", ["weight"], 0),
    "ratios": lambda axis: spectrum_figures.ratios(axis, None, ["weight"], ""),
    "stability": lambda axis: spectrum_figures.stability(axis, None, ["weight"]),
    "convergence": lambda axis: activity_figures.convergence(axis, None, ""),
    "ranking": lambda axis: rule_figures.ranking(axis, None),
}


@pytest.fixture(scope="module")
def summary():
    return spectrum.summarise(spectrum.run(spectrum.PRESETS["book"], [0, 1]))


@pytest.mark.parametrize("name", MISSING)
def test_a_missing_result_draws_not_run_and_the_command(says_not_run, name):
    says_not_run(MISSING[name], "run")


def test_errors_by_rate_draws_the_stored_modes(axis, summary):
    spectrum_figures.errors_by_rate(axis, summary, "cosine", ["weight", "degree"], replica=1)
    drawn = summary["drawn_values"].sel(replica=1, diagonal="matched", measure="cosine", rule="weight")
    np.testing.assert_allclose(axis.lines[0].get_ydata(), 1 - drawn)
    np.testing.assert_allclose(axis.lines[0].get_xdata(), -summary["drawn_eigenvalue"].sel(replica=1))
    assert axis.get_xlabel()
    assert axis.get_ylabel()
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["weight", "degree"]


def test_distributions_mark_median_and_slow_modes(axis, summary):
    spectrum_figures.distributions(axis, summary, "eigenvalue_error", ["noise-prune"])
    arm = summary.sel(rule="noise-prune", diagonal="matched", measure="eigenvalue_error")
    circles = axis.lines[-1].get_ydata()
    np.testing.assert_allclose(circles, np.log10(arm["drawn_values"].isel(mode=slice(-20, None)).values.ravel()))
    medians = [line for line in axis.lines if line.get_color() == "#000000" and len(set(line.get_ydata())) == 1]
    expected = np.median(np.log10(np.maximum(arm["quantiles"].values.ravel(), spectrum_figures.SMALLEST_DRAWN)))
    assert any(line.get_ydata()[0] == pytest.approx(expected) for line in medians)


def test_stability_separates_the_diagonals(axis, summary):
    spectrum_figures.stability(axis, summary, ["weight"])
    matched, original = (
        line.get_ydata() for line in axis.lines if len(line.get_ydata()) == 2 and line.get_marker() == "s"
    )
    np.testing.assert_allclose(matched, summary["largest_eigenvalue"].sel(rule="weight", diagonal="matched"))
    np.testing.assert_allclose(original, summary["largest_eigenvalue"].sel(rule="weight", diagonal="original"))


def test_convergence_draws_every_replica(axis):
    summary = convergence.summarise(convergence.run(convergence.PRESETS["book"], [0, 1]))
    activity_figures.convergence(axis, summary, "")
    assert len(axis.lines) == len(convergence.GROUPS) * (1 + 2)
    assert len(axis.get_legend().get_texts()) == len(convergence.GROUPS)


def test_ranking_draws_four_columns(axis):
    summary = illustration.summarise(illustration.run(illustration.PRESETS["book"], range(3)))
    rule_figures.ranking(axis, summary)
    labels = [tick.get_text() for tick in axis.get_xticklabels()]
    assert labels == ["bridge\nexcitatory", "bridge\nsigned", "strong\nexcitatory", "strong\nsigned"]


def test_fonts_are_legible_at_page_width():
    with plt.rc_context():
        use_house_style()
        figure, (axis, _) = page_figure(2)
        axis.set(xlabel="x", title="t")
        axis.plot([0, 1], label="a")
        legend = axis.legend()
        sizes = [axis.xaxis.label.get_size(), axis.title.get_size(), axis.get_xticklabels()[0].get_size()]
        sizes.append(legend.get_texts()[0].get_size())
        assert figure.get_figwidth() == WIDTH
        assert figure.dpi == plt.rcParams["savefig.dpi"] == RESOLUTION
        assert min(sizes) >= 8
        plt.close(figure)


def test_figures_draw_what_they_are_given(axis):
    activity_figures.variance_growth(axis, np.arange(3), np.array([0, 1, 2]), np.array([0, 3, 4]))
    drawn = {line.get_label(): line.get_ydata().tolist() for line in axis.lines}
    assert drawn == {"exact": [0, 3, 4], "simulated ensemble": [0, 1, 2]}
    axis.clear()
    activity_figures.step_bias(axis, np.array([1.0, 2.0]), {0.2: np.array([3.0, 4.0])}, {0.2: np.array([5.0, 6.0])})
    assert [line.get_ydata().tolist() for line in axis.lines[:2]] == [[3.0, 4.0], [5.0, 6.0]]
    axis.clear()
    activity_figures.agreement(axis, np.array([1.0, 2.0]), np.array([3.0, 5.0]), "variance")
    assert axis.lines[1].get_xdata().tolist() == [1.0, 2.0]
    assert axis.lines[1].get_ydata().tolist() == [3.0, 5.0]
    assert axis.get_ylabel() == "sampled variance"


def test_rows_of_a_matrix_receive_and_columns_send(axis):
    W = np.array([[0.0, 2.0], [-1.0, 0.0]])
    rule_figures.matrix(axis, W, "weight", signed=True)
    assert axis.images[0].get_array().filled(0).tolist() == W.tolist()
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("from neuron", "to neuron")


def test_convergence_separates_error_and_prediction(axis):
    summary = convergence.summarise(convergence.run(convergence.PRESETS["book"], [0]))
    activity_figures.convergence(axis, summary, "")
    lines, markers = axis.lines[0::2], axis.lines[1::2]
    for group, line, marker in zip(convergence.GROUPS, lines, markers, strict=True):
        one = summary.sel(group=group).isel(replica=0)
        np.testing.assert_allclose(line.get_ydata(), one["predicted"])
        np.testing.assert_allclose(marker.get_ydata(), one["error"])


def test_ranking_puts_each_class_in_its_column(axis):
    summary = illustration.summarise(illustration.run(illustration.PRESETS["book"], range(3)))
    rule_figures.ranking(axis, summary)
    expected = [
        summary[v].sel(synapses=s).values for v in ("bridges_above", "strong_above") for s in ("excitatory", "signed")
    ]
    for line, values in zip(axis.lines[0:8:2], expected, strict=True):
        np.testing.assert_allclose(line.get_ydata(), values)


def test_ratios_draw_every_rule_in_its_colour(axis, summary):
    values = spectrum.relative_to_weight(summary, "slow", "matched")
    spectrum_figures.ratios(axis, values, ["noise-prune", "degree"], "")
    first, second = axis.lines[0], axis.lines[1]
    for line, rule in ((first, "noise-prune"), (second, "degree")):
        np.testing.assert_allclose(line.get_ydata(), values.sel(rule=rule, measure="eigenvalue_error"))
        assert line.get_color() == spectrum_figures.RULE_COLOURS[rule]


def test_spectrum_starts_with_the_slowest_mode(axis):
    spectrum_figures.spectrum(axis, np.array([-3.0, -2.0, -1.0]), np.array([0.1, 0.2, 0.3]))
    (dots,) = axis.collections
    assert dots.get_offsets().tolist() == [[1, 1], [2, 2], [3, 3]]
    assert dots.get_array().tolist() == [0.3, 0.2, 0.1]
