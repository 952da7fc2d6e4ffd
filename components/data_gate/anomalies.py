"""Which of TFDV's anomalies count, and which of them are reasons to say no, as the config has it."""

from __future__ import annotations

from tensorflow_metadata.proto.v0 import anomalies_pb2, statistics_pb2

from components.data_gate import explanations
from components.data_gate.settings import DataGateConfig


def findings(
    anomalies: anomalies_pb2.Anomalies, statistics: statistics_pb2.DatasetFeatureStatistics
) -> list[tuple[str, anomalies_pb2.AnomalyInfo]]:
    """Lists anomalies by column, those of the whole dataset last, without the ranges of columns without values."""
    empty, found = explanations.columns_without_values(statistics), []
    for key, info in sorted(anomalies.anomaly_info.items()):
        name = info.path.step[0] if info.path.step else key  # the key has quotes around a name with other signs
        reasons = [r for r in info.reason if name not in empty or r.type not in explanations.OUT_OF_RANGE]
        if reasons or not info.reason:
            found.append((name, anomalies_pb2.AnomalyInfo(severity=info.severity, reason=reasons)))
    if anomalies.HasField("dataset_anomaly_info"):
        found.append((explanations.DATASET, anomalies.dataset_anomaly_info))
    return found


def stops(name: str, info: anomalies_pb2.AnomalyInfo, policy: DataGateConfig) -> bool:
    """Says whether an anomaly of a column is one that the config neither allows nor takes for a warning."""
    if policy.stop_at == "error" and _only_a_warning(info):
        return False
    types = {anomalies_pb2.AnomalyInfo.Type.Name(reason.type) for reason in info.reason}
    allowed_types = allowed(name, policy)
    return "*" not in allowed_types and not types <= allowed_types


def allowed(column: str, policy: DataGateConfig) -> set[str]:
    """Returns the types that the config allows of a column; "*" stands for all of them."""
    rules = (rule.rsplit(":", 1) for rule in policy.allow)
    return {kind for name, kind in rules if name in (column, "*")}


def _only_a_warning(info: anomalies_pb2.AnomalyInfo) -> bool:
    """TFDV calls nearly everything an error; a column that nobody asked for can do no harm."""
    harmless = {reason.type for reason in info.reason} == {anomalies_pb2.AnomalyInfo.SCHEMA_NEW_COLUMN}
    return harmless or info.severity == anomalies_pb2.AnomalyInfo.WARNING
