"""What a machine makes of handwritten digits: how readable its code of them is, and how good its own ones are."""

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy import stats
from sklearn.linear_model import LogisticRegression

from pruninglab.backend import asarray, to_numpy
from pruninglab.boltzmann import DBM, mean_field
from pruninglab.checks import require_choice
from pruninglab.datasets import binary_digits, small_digits

DATA = ("mnist", "small_digits")
N_CLASSES = 10
RAW_STRENGTH, CODE_STRENGTH = 0.1, 1.0
"""Inverse strength of the penalty on the classifier of raw digits and on that of codes, as in the authors' code."""
MAX_ITERATIONS = 800
BASELINES = (
    "raw_error",
    "test_quality",
    "test_quality_by_class",
    "test_diversity",
    "noise_quality",
    "noise_quality_by_class",
)
ROWS_AT_A_TIME = 500


class Digits(NamedTuple):
    """Binary pictures, one a row, and their labels, to learn from and to test with."""

    x: np.ndarray
    labels: np.ndarray
    x_test: np.ndarray
    labels_test: np.ndarray


@cache
def digits(data: str, n_train: int, n_test: int) -> Digits:
    """The pictures of an experiment; of the small digits, those not learned from are for the test."""
    require_choice("data", data, DATA)
    if data == "mnist":
        return Digits(*binary_digits("train", n=n_train), *binary_digits("test", n=n_test))
    x, labels = small_digits()
    stop = n_train + n_test
    return Digits(x[:n_train], labels[:n_train], x[n_train:stop], labels[n_train:stop])


@cache
def raw_classifier(data: str, n_train: int, n_test: int) -> LogisticRegression:
    """Multinomial logistic regression on the pictures themselves, which also judges what machines generate."""
    known = digits(data, n_train, n_test)
    return _fitted(known.x, known.labels, RAW_STRENGTH)


def codes(dbm: DBM, x: np.ndarray, tolerance: float, max_iterations: int) -> np.ndarray:
    """Mean-field rates of the second hidden layer, shape (S, n_h2)."""
    parts = np.split(x, range(ROWS_AT_A_TIME, len(x), ROWS_AT_A_TIME))
    options = {"tolerance": tolerance, "max_iterations": max_iterations}
    return np.concatenate([to_numpy(mean_field(dbm, asarray(part, dbm.W1), **options)[1]) for part in parts])


def encoding_error(train: np.ndarray, test: np.ndarray, known: Digits) -> float:
    """Share of the test pictures that a classifier fitted to the codes of the others gets wrong (Fig 3B)."""
    classifier = _fitted(train, known.labels, CODE_STRENGTH)
    return 1 - float(classifier.score(test, known.labels_test))


def quality(classifier: LogisticRegression, v: np.ndarray) -> dict[str, object]:
    """Confidence of the classifier in generated pictures, and how its decisions are spread over the classes (Fig 4).

    ``quality`` is the mean of the largest class probability; ``quality_by_class`` the unweighted mean over the classes
    that occur, as the authors' code has it; ``diversity`` the entropy of the classes' shares, in nats.
    """
    probabilities = classifier.predict_proba(v)
    winner, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    shares = np.bincount(winner, minlength=N_CLASSES) / len(v)
    by_class = [confidence[winner == k].mean() for k in range(N_CLASSES) if shares[k]]
    return {
        "quality": float(confidence.mean()),
        "quality_by_class": float(np.mean(by_class)),
        "diversity": float(stats.entropy(shares)),
        "class_share": ("digit", shares),
    }


def same_digit(classifier: LogisticRegression, v: np.ndarray, n_chains: int) -> float:
    """Share of samples that are given the same digit as the sample before them in their chain; chains take turns.

    NaN if no chain has given two.
    """
    if len(v) <= n_chains:
        return np.nan
    winner = classifier.predict(v)
    return float((winner[n_chains:] == winner[:-n_chains]).mean())


def baselines(data: str, n_train: int, n_test: int, rng: np.random.Generator) -> dict[str, float]:
    """What the classifier of raw pictures makes of the test pictures, and of pictures of tossed coins."""
    known, classifier = digits(data, n_train, n_test), raw_classifier(data, n_train, n_test)
    of_test = quality(classifier, known.x_test)
    of_noise = quality(classifier, rng.integers(0, 2, size=(n_train, known.x.shape[1])))
    values = {"raw_error": 1 - classifier.score(known.x_test, known.labels_test)}
    values |= {f"test_{name}": of_test[name] for name in ("quality", "quality_by_class", "diversity")}
    return values | {f"noise_{name}": of_noise[name] for name in ("quality", "quality_by_class")}


def _fitted(x: np.ndarray, labels: np.ndarray, strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=MAX_ITERATIONS).fit(x.astype(np.float32), labels)
