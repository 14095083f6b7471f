import json
from pathlib import Path

from pruninglab import provenance


def test_records_that_differ_only_in_replicas_are_joined():
    records = [{"commit": "a", "replicas": [3]}, {"commit": "b", "replicas": [1]}, {"commit": "a", "replicas": [0]}]
    encoded = provenance.encode(records)
    assert json.loads(encoded) == [{"commit": "a", "replicas": [0, 3]}, {"commit": "b", "replicas": [1]}]
    assert provenance.only_replicas(encoded, [3]) == [{"commit": "a", "replicas": [3]}]


def test_a_record_names_no_machine(monkeypatch):
    monkeypatch.setattr("platform.node", lambda: "the-name-of-a-machine")
    record = json.dumps(provenance.current_record("numpy"))
    assert "the-name-of-a-machine" not in record
    assert str(Path.home()) not in record


def test_outside_of_a_checkout_there_is_no_commit(monkeypatch, tmp_path):
    monkeypatch.setattr(provenance.pruninglab, "__file__", str(tmp_path / "pruninglab" / "__init__.py"))
    (tmp_path / "pruninglab").mkdir()
    assert provenance.git_commit() == ""
