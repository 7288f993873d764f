"""OWSLib against the processes of examples/processes/pywps: described, synchronous, with progress, failing.

usage: owslib_pywps.py URL
"""
import sys
import time

from owslib.wps import BoundingBoxDataInput, ComplexDataInput, WebProcessingService

wps = WebProcessingService(sys.argv[1], verbose=False)
assert {"greet", "extent", "count"} <= {process.identifier for process in wps.processes}

greet = wps.describeprocess("greet")
assert greet.processVersion == "1.2.0", greet.processVersion
assert greet.abstract == "Greets somebody as often as asked for."
inputs = {each.identifier: each for each in greet.dataInputs}
assert inputs["language"].allowedValues == ["en", "cs", "de"], inputs["language"].allowedValues
assert inputs["language"].defaultValue == "en"
assert (inputs["name"].minOccurs, inputs["times"].minOccurs) == (1, 0)


def execute(process, values, mode="sync", output=None):
    # OWSLib asks for an asynchronous job only together with outputs.
    execution = wps.execute(process, values, mode=mode, output=output)
    deadline = time.time() + 90
    seen = []
    while not execution.isComplete() and time.time() < deadline:
        seen.append((execution.percentCompleted, execution.statusMessage))
        execution.checkStatus(sleepSecs=0.2)
    return execution, seen


done, _ = execute("greet", [("name", "Zoë & <co>"), ("language", "cs"), ("times", "2")])
assert done.isSucceded(), [error.text for error in done.errors]
outputs = {each.identifier: each.data[0] for each in done.processOutputs}
assert outputs == {"greeting": "Ahoj Zoë & <co> Ahoj Zoë & <co>", "length": "31"}, outputs

points = '{"type":"FeatureCollection","features":[%s]}' % ",".join(
    '{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[%s]}}' % each
    for each in ("9,50", "10,51", "11,49")
)
layer = ComplexDataInput(points, mimeType="application/geo+json")
done, _ = execute("extent", [("layer", layer), ("within", BoundingBoxDataInput([48, 8, 52, 10.5], "EPSG:4326"))])
assert done.isSucceded(), [error.text for error in done.errors]
outputs = {each.identifier: each.data[0] for each in done.processOutputs}
box = outputs["extent"]
assert [float(each) for each in (box.minx, box.miny, box.maxx, box.maxy)] == [9, 50, 10, 51]
assert outputs["points"] == "2"
assert '"Polygon"' in str(outputs["polygon"]), outputs["polygon"]

done, seen = execute("count", [("steps", "20"), ("pause", "0.2")], "async", [("log", False)])
assert done.isSucceded(), [error.text for error in done.errors]
percents = [percent for percent, _ in seen]
assert percents == sorted(percents) and len(set(percents)) > 2, seen
assert any("of 20" in (message or "") for _, message in seen), seen

failed, _ = execute("count", [("fail", "1"), ("pause", "0")], "async", [("log", False)])
assert not failed.isSucceded()
assert "Step 1 failed on purpose." in failed.errors[0].text, failed.errors[0].text
print("done")
