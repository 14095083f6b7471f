"""What a configuration is, and the hash by which results know theirs."""

import hashlib
import json
from dataclasses import asdict
from typing import Any


def config_json(config: Any) -> str:
    """Fields of a frozen configuration dataclass as sorted JSON."""
    return json.dumps(asdict(config), sort_keys=True)


def differences(config: Any, paper: Any) -> list[str]:
    """What a configuration changes in the paper's settings, one line a field; those of a nested one after a dot.

    Examples
    --------
    >>> from dataclasses import make_dataclass
    >>> Config = make_dataclass("Config", [("n", int), ("scale", str)])
    >>> differences(Config(5, "reduced"), Config(20, "paper"))
    ['n = 5 (paper: 20)']
    """
    return _differences(asdict(config), asdict(paper), "")


def _differences(own: dict[str, Any], other: dict[str, Any], prefix: str) -> list[str]:
    lines = []
    for key, value in own.items():
        if isinstance(value, dict):
            lines += _differences(value, other[key], f"{prefix}{key}.")
        elif key != "scale" and value != other[key]:
            lines.append(f"{prefix}{key} = {value} (paper: {other[key]})")
    return lines


def config_hash(config: Any) -> str:
    """First 12 hexadecimal digits of the SHA-256 of `config_json`.

    The hash covers every field, the hand-raised ``version`` among them, and nothing else: not the number of
    replicas, the shard size, the workers or the array library. So a stored run can be extended later.
    """
    return hashlib.sha256(config_json(config).encode()).hexdigest()[:12]
