"""Which way the imports run: from the pipeline down to the ground floor, never up and never round."""

from __future__ import annotations

import ast
import graphlib
import sys
import tomllib
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from turnstile import source_imports
from turnstile.source_imports import PACKAGES, ROOT, closure, imported, needed

FILES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
    for package in PACKAGES
    for file in sorted((ROOT / package).rglob("*.py"))
}


def test_no_import_runs_upward():
    floor = PACKAGES.index
    upward = {
        f"{module} -> {other}"
        for module, file in FILES.items()
        for other in imported(file)
        if floor(other.split(".")[0]) > floor(module.split(".")[0])
    }
    assert upward == set()


def cycle(graph):
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return error.args[1]
    return None


def test_no_import_goes_round():
    assert cycle({module: imported(file) - {module} for module, file in FILES.items()}) is None


def test_no_folder_needs_one_that_needs_it():
    folders = {module: str(file.parent.relative_to(ROOT)) for module, file in FILES.items()}
    graph = {folder: set() for folder in folders.values()}
    for module, file in FILES.items():
        graph[folders[module]] |= {folders[other] for other in imported(file)} - {folders[module]}
    assert cycle(graph) is None


@pytest.mark.parametrize("package", ["serving.client", "serving.asking", "serving.ab", "components"])
def test_nothing_but_the_command_needs_the_server(package):
    ours = [module for module in FILES if module.startswith(package)]
    assert [module for module in closure(ours) if module.startswith("serving.server")] == []


def test_an_import_for_a_type_checker_counts_for_nothing(tmp_path):
    file = tmp_path / "module.py"
    file.write_text("if TYPE_CHECKING:\n    from pipeline import dag\nfrom serving.rows.reading import Row\n")
    assert imported(file) == needed(file) == {"serving.rows.reading"}


def test_a_module_that_is_named_in_a_string_counts(tmp_path):
    file = tmp_path / "module.py"
    file.write_text('RUN_FN = "components.trainer.training.run_fn"\nTEXT = "pipeline of serving"\n')
    assert (imported(file), needed(file)) == (set(), {"components.trainer.training"})


def test_every_package_says_in_one_sentence_what_it_is_for():
    texts = {module: ast.get_docstring(ast.parse(f.read_text())) for module, f in FILES.items() if f.stem == "__init__"}
    assert [module for module, text in texts.items() if not text or not text.endswith(".") or "\n" in text] == []


def third_party():
    """Every distribution that is imported, as the names of those that have a module of that name."""
    modules = set()
    for node in (node for file in FILES.values() for node in ast.walk(ast.parse(file.read_text()))):
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module.split(".")[0])
    found = metadata.packages_distributions()
    return {name: found[name] for name in modules - set(PACKAGES) - set(sys.stdlib_module_names) if name in found}


def test_every_third_party_import_is_declared():
    """What is imported is named in pyproject.toml, not left to come with something else."""
    lines = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    declared = {canonicalize_name(Requirement(line).name) for line in lines}
    found = third_party().items()
    undeclared = {module for module, names in found if not declared.intersection(map(canonicalize_name, names))}
    assert undeclared == set()


def test_the_source_of_another_project_is_none_of_ours():
    assert source_imports.source("json.decoder") is None
    assert source_imports.source("serving.nothing_of_this_name") is None
