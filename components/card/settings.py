"""What a config says for the model card: what no run can find out."""

from __future__ import annotations

from pydantic import Field

from turnstile.section import Section


class CardConfig(Section):
    """What only people know of the model, for its model card. Everything else on the card comes from the run."""

    intended_use: str = Field(
        default="",
        description="What the model is meant for, and who uses its answers.",
    )
    not_for: str = Field(
        default="",
        description="What the model must not be used for.",
    )
    caveats: tuple[str, ...] = Field(
        default=(),
        description="Sentences on what whoever uses the answers has to know, such as where the data is from.",
    )
    owners: tuple[str, ...] = Field(
        default=(),
        description="Names or addresses of those to ask about the model.",
    )
    licence: str = Field(
        default="",
        description="Licence of the model, such as `Apache-2.0`.",
    )
