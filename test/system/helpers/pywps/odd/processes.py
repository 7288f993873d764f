"""Processes that use what PyWPS has, and do what processes should not."""

import os
import subprocess
import sys
import time

from pywps import (
    FORMATS,
    BoundingBoxInput,
    BoundingBoxOutput,
    ComplexInput,
    ComplexOutput,
    Format,
    LiteralInput,
    LiteralOutput,
    Process,
)
from pywps.inout.literaltypes import AllowedValue, AnyValue

BINARY = Format("application/octet-stream", encoding="base64", extension=".bin")


class Types(Process):
    """Every type of literal, a box and bytes, given back."""

    kinds = ["string", "float", "integer", "boolean", "anyURI", "date", "time", "dateTime", "positiveInteger"]

    def __init__(self):
        inputs = [LiteralInput(kind, kind, data_type=kind, min_occurs=0) for kind in self.kinds]
        inputs += [
            LiteralInput("many", "Many", data_type="integer", min_occurs=0, max_occurs=3),
            LiteralInput("any", "Any", data_type="string", allowed_values=AnyValue(), min_occurs=0),
            LiteralInput(
                "open",
                "A range that is open",
                data_type="float",
                min_occurs=0,
                allowed_values=[AllowedValue(minval=1, maxval=2, range_closure="open-closed")],
            ),
            BoundingBoxInput("box", "Box", crss=["EPSG:4326", "EPSG:3035"], min_occurs=0),
            ComplexInput("bytes", "Bytes", supported_formats=[BINARY], min_occurs=0),
            ComplexInput("text", "Text", supported_formats=[FORMATS.TEXT], min_occurs=0, default="by default"),
        ]
        outputs = [LiteralOutput(kind, kind, data_type=kind) for kind in self.kinds]
        outputs += [
            LiteralOutput("sum", "Sum of many", data_type="integer"),
            BoundingBoxOutput("box", "Box", crss=["EPSG:4326", "EPSG:3035"]),
            LiteralOutput("west", "Smallest x", data_type="float"),
            ComplexOutput("bytes", "Bytes", supported_formats=[BINARY]),
            ComplexOutput("text", "Text", supported_formats=[FORMATS.TEXT]),
        ]
        super().__init__(self._handler, "types", "Types", version="None", inputs=inputs, outputs=outputs)

    def _handler(self, request, response):
        for kind in self.kinds:
            if kind in request.inputs:
                data = request.inputs[kind][0].data
                # PyWPS gives an address in parts, and takes none.
                response.outputs[kind].data = data.geturl() if kind == "anyURI" else data
        response.outputs["sum"].data = sum(each.data for each in request.inputs.get("many", []))
        if "box" in request.inputs:
            box = request.inputs["box"][0]
            response.outputs["box"].data = box.data
            response.outputs["box"].crs = box.crs
            response.outputs["west"].data = box.data[0]
        if "bytes" in request.inputs:
            response.outputs["bytes"].data = request.inputs["bytes"][0].data[::-1]
        with open(request.inputs["text"][0].file, encoding="utf-8") as file:
            response.outputs["text"].data = file.read()
        return response


class Act(Process):
    """Does what it is told."""

    def __init__(self):
        acts = [name[4:] for name in dir(self) if name.startswith("act_")]
        super().__init__(
            self._handler,
            "act",
            "Act",
            version="2.0",
            inputs=[LiteralInput("what", "What to do", data_type="string", allowed_values=acts)],
            outputs=[ComplexOutput("result", "Result", supported_formats=[FORMATS.TEXT])],
        )

    def _handler(self, request, response):
        response.outputs["result"].data = getattr(self, "act_" + request.inputs["what"][0].data)(response)
        return response

    def act_raise(self, _):
        raise ValueError("a mistake on purpose")

    def act_exit(self, _):
        sys.exit(3)

    def act_crash(self, _):
        os.abort()

    def act_progress(self, response):
        for step in range(100_000):
            response.update_status(f"step {step}", step / 1000)
        return "done"

    def act_hang(self, response):
        response.update_status("hanging", 10)
        subprocess.Popen(["sleep", "1000"], start_new_session=True)
        time.sleep(1000)

    def act_memory(self, _):
        kept = []
        while True:
            kept.append(bytearray(10_000_000))

    def act_files(self, _):
        found = {path: os.path.exists(path) for path in ("/etc/shadow", "/root", "data.txt")}
        with open("data.txt", encoding="utf-8") as file:
            text = file.read()
        try:
            with open("written.txt", "w", encoding="utf-8") as file:
                file.write("x")
            found["written"] = True
        except OSError:
            found["written"] = False
        return f"{sorted(found.items())} {text}"

    def act_print(self, _):
        print("not for the peer")
        sys.stdout.flush()
        return sys.stdin.read() or "nothing to read"


processes = [Types(), Act()]
