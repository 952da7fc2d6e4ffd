"""The distribution: what `pip install .` installs, and with it the `turnstile` command.

Dependency ranges are in pyproject.toml; the exact versions in requirements.lock.
"""

from setuptools import find_packages, setup

setup(
    name="turnstile",
    version="0.1.0",
    description="A TFX pipeline for tabular data: examples in, a model version out, if it passes every gate.",
    long_description="See README.md.",
    license="Apache-2.0",
    packages=find_packages(include=["turnstile*", "serving*", "components*", "pipeline*"]),
    package_data={
        package: ["templates/*"]
        for package in ("components.card", "pipeline.dashboard", "pipeline.replay", "pipeline.report")
    }
    | {"serving.page": ["built/*"], "serving.plain.runners": ["js/*", "c/*"], "turnstile": ["templates/*"]},
    entry_points={"console_scripts": ["turnstile = pipeline.commands.main:entry"]},
)
