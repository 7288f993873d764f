"""Tells all algorithms of QGIS at once, each as `qgis_process --json help` does, which takes a second for every one.

One JSON document a line; the first names the version.
"""
import json
import os
import sys

from qgis.core import Qgis, QgsApplication

application = QgsApplication([], False)
application.initQgis()
sys.path.append(os.path.join(QgsApplication.pkgDataPath(), "python", "plugins"))

from processing.core.Processing import Processing  # noqa: E402

Processing.initialize()


def plain(value):
    """Values that are no JSON, those of Qt for some, are left out."""
    try:
        json.dumps(value)
        return value
    except (TypeError, ValueError):
        return None


def parameter(definition):
    flags = definition.flags()
    return {
        "name": definition.name(),
        "description": definition.description(),
        "help": definition.help(),
        "type": {"id": definition.type()},
        "optional": bool(flags & definition.FlagOptional),
        "is_destination": definition.isDestination(),
        "default_value": plain(definition.defaultValue()),
        "raw_definition": {key: plain(value) for key, value in definition.toVariantMap().items()},
    }


def described(algorithm):
    flags = algorithm.flags()
    return {
        "algorithm_details": {
            "id": algorithm.id(),
            "name": algorithm.displayName(),
            "short_description": algorithm.shortDescription(),
            "group": algorithm.group(),
            "tags": algorithm.tags(),
            "deprecated": bool(flags & algorithm.FlagDeprecated),
            "has_known_issues": bool(flags & algorithm.FlagKnownIssues),
        },
        "parameters": {each.name(): parameter(each) for each in algorithm.parameterDefinitions()},
        "outputs": {
            each.name(): {"description": each.description(), "type": each.type()}
            for each in algorithm.outputDefinitions()
        },
    }


print(json.dumps({"qgis_version": Qgis.QGIS_VERSION}))
for each in QgsApplication.processingRegistry().algorithms():
    print(json.dumps(described(each)))
sys.stdout.flush()
# QGIS does not always end well.
os._exit(0)
