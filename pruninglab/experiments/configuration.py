"""What a configuration is, and the hash by which results know theirs."""

import hashlib
import json
from dataclasses import asdict
from typing import Any


def config_json(config: Any) -> str:
    """Fields of a frozen configuration dataclass as sorted JSON."""
    return json.dumps(asdict(config), sort_keys=True)


def config_hash(config: Any) -> str:
    """First 12 hexadecimal digits of the SHA-256 of `config_json`.

    The hash covers every field, the hand-raised ``version`` among them, and nothing else: not the number of
    replicas, the shard size, the workers or the array library. So a stored run can be extended later.
    """
    return hashlib.sha256(config_json(config).encode()).hexdigest()[:12]
