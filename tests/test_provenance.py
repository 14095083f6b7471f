import json
import socket
import subprocess
from pathlib import Path

from pruninglab import provenance


def test_records_that_differ_only_in_replicas_are_joined():
    records = [{"commit": "a", "replicas": [3]}, {"commit": "b", "replicas": [1]}, {"commit": "a", "replicas": [0]}]
    encoded = provenance.encode(records)
    assert json.loads(encoded) == [{"commit": "a", "replicas": [0, 3]}, {"commit": "b", "replicas": [1]}]
    assert provenance.only_replicas(encoded, [3]) == [{"commit": "a", "replicas": [3]}]


def test_a_record_names_no_machine():
    record = provenance.current_record("cupy")
    assert record["backend"] == "cupy"
    name = socket.gethostname()
    assert name not in json.dumps(record)
    assert str(Path.home()) not in json.dumps(record)


def test_outside_of_a_checkout_there_is_no_commit(monkeypatch, tmp_path):
    monkeypatch.setattr(provenance.pruninglab, "__file__", str(tmp_path / "pruninglab" / "__init__.py"))
    (tmp_path / "pruninglab").mkdir()
    assert provenance.git_commit() == ""


def test_changed_code_shows_and_a_changed_result_does_not(monkeypatch, tmp_path):
    package = tmp_path / "pruninglab"
    (package / "results").mkdir(parents=True)
    code, stored = package / "__init__.py", package / "results" / "a.nc"
    code.write_text("")
    stored.write_text("")
    author = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "first"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    monkeypatch.setattr(provenance.pruninglab, "__file__", str(code))
    stored.write_text("extended")
    assert len(provenance.git_commit()) == 40
    code.write_text("changed = True")
    assert provenance.git_commit().endswith("+changes")


def test_a_repository_that_only_surrounds_the_package_is_not_its_commit(monkeypatch, tmp_path):
    package = tmp_path / "venv" / "pruninglab"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (tmp_path / ".gitignore").write_text("venv")
    author = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "first"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    monkeypatch.setattr(provenance.pruninglab, "__file__", str(package / "__init__.py"))
    assert provenance.git_commit() == ""
