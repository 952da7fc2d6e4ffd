"""What ExampleGen is told beside TFX's own parameters, packed into the one that TFX leaves to its users."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from google.protobuf import json_format, struct_pb2
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.proto import example_gen_pb2
from tfx.types import standard_component_specs
from tfx.utils import proto_utils

from components.example_gen.column_rules import PLAIN, Rules
from components.example_gen.window import NEWEST, Window


@dataclass(frozen=True)
class Settings:
    """What TFX's own parameters have no place for; see component.ColumnarExampleGen."""

    split_by: tuple[str, ...] = ()
    schema: schema_pb2.Schema | None = None
    strict: bool = False
    rules: Rules = PLAIN
    window: Window = NEWEST


def packed(settings: Settings) -> example_gen_pb2.CustomConfig | None:
    """Returns what TFX passes on to driver and executor; None if all is by default."""
    if settings == Settings():
        return None
    packed, values = example_gen_pb2.CustomConfig(), struct_pb2.Struct()
    features = settings.schema.feature if settings.schema else []
    types = {f.name: schema_pb2.FeatureType.Name(f.type) for f in features} if settings.schema else None
    plain = {
        "split_by": list(settings.split_by),
        "types": types,
        "strict": settings.strict,
        "window": asdict(settings.window),
    }
    values.update({"settings": json.dumps(plain | {"rules": settings.rules.as_json()})})
    packed.custom_config.Pack(values)
    return packed


def unpacked(exec_properties: Mapping[str, Any]) -> Settings:
    """Returns what was packed, from the parameters that a driver or an executor is given."""
    packed = exec_properties.get(standard_component_specs.CUSTOM_CONFIG_KEY)
    if not packed:
        return Settings()
    values = json_format.MessageToDict(proto_utils.json_to_proto(packed, example_gen_pb2.CustomConfig()))
    values = json.loads(values["customConfig"]["value"]["settings"])
    types = values.get("types")
    features = [{"name": name, "type": type_} for name, type_ in types.items()] if types is not None else []
    schema = schema_pb2.Schema(feature=features) if types is not None else None
    rules, window = Rules.from_json(values["rules"]), Window(**values["window"])
    return Settings(tuple(values["split_by"]), schema, values["strict"], rules, window)
