"""Hold docs/examples/kubernetes against the schemas of Kubernetes and of Dask's operator, without a cluster.

    uv run --no-project --with kubernetes-validate --with dask-kubernetes python -P tests/tools/kubernetes_schemas.py

Both are too large (400 MB) for our environment. A key that a schema doesn't know is an error, as a misspelt one would be
dropped in silence by the operator.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "kubernetes"
CRD = "operator/deployment/helm/dask-kubernetes-operator/crds/daskcluster.yaml"


def cluster_schema() -> dict[str, Any]:
    """Return the operator's schema of a DaskCluster, which allows no unknown keys in its spec."""
    found = find_spec("dask_kubernetes")
    assert found is not None
    assert found.submodule_search_locations
    definition = yaml.safe_load((Path(found.submodule_search_locations[0]) / CRD).read_text())
    schema: dict[str, Any] = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    close(schema["properties"]["spec"])
    return schema


def close(schema: object) -> None:
    """Forbid keys that aren't named, on every level."""
    if isinstance(schema, dict):
        if "properties" in schema and "additionalProperties" not in schema:
            schema["additionalProperties"] = False
        for each in schema.values():
            close(each)
    elif isinstance(schema, list):
        for each in schema:
            close(each)


def main() -> None:
    """Raise at the first document that isn't valid."""
    for path in sorted(EXAMPLES.glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text("utf-8")):
            if document["kind"] == "DaskCluster":
                jsonschema.validate(document, cluster_schema())
            else:
                kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)
            print(f"{path.name}: {document['kind']} {document['metadata']['name']}: valid")  # noqa: T201


if __name__ == "__main__":
    main()
