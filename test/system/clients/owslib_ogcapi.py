"""OWSLib's client of OGC API - Processes: landing page, conformance, list and description.

usage: owslib_ogcapi.py URL
"""
import sys

from owslib.ogcapi.processes import Processes

api = Processes(sys.argv[1])
assert any("ogcapi-processes-1" in name for name in api.conformance()["conformsTo"])
assert api.api()["openapi"].startswith("3.0")
assert "echo" in [process["id"] for process in api.processes()["processes"]]
described = api.process("echo")
assert "string" in described["inputs"], described
assert described["outputs"]["string"]["schema"]["type"] == "string", described
print("done")
