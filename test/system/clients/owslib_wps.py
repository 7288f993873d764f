"""OWSLib against WPS 1.0.0: a synchronous and an asynchronous job, and a poll that ends after its peer was killed.

usage: owslib_wps.py URL sync|async|poll [seconds]
Prints the status location of an asynchronous job as soon as it has one.
"""
import sys
import time

from owslib.wps import WebProcessingService

url, what = sys.argv[1:3]
wps = WebProcessingService(url, verbose=False)
assert wps.identification.type == "WPS", wps.identification.type
assert "echo" in [process.identifier for process in wps.processes]
described = wps.describeprocess("echo")
assert described.identifier == "echo"
assert described.dataInputs and described.processOutputs

if what == "sync":
    execution = wps.execute("echo", [("string", "hello & <good> bye")], output=[("string", False)], mode="sync")
    assert execution.isSucceded(), execution.errors
    assert execution.processOutputs[0].data == ["hello & <good> bye"], execution.processOutputs[0].data
    print("done")
elif what == "async":
    seconds = sys.argv[3]
    inputs = [("string", "again"), ("pause", seconds)]
    execution = wps.execute("echo", inputs, output=[("string", False)], mode="async")
    assert execution.statusLocation, execution.errors
    print(execution.statusLocation, flush=True)
    deadline = time.time() + 90
    while not execution.isComplete() and time.time() < deadline:
        execution.checkStatus(sleepSecs=0.5)
    assert execution.isSucceded(), (execution.status, [error.text for error in execution.errors])
    assert execution.processOutputs[0].data == ["again"], execution.processOutputs[0].data
    print("done")
