"""A PyWPS application as any other: `gunicorn wsgi:application` serves it, and a gismesh peer hosts it."""

import json
import time

from pywps import (
    FORMATS,
    UOM,
    BoundingBoxInput,
    BoundingBoxOutput,
    ComplexInput,
    ComplexOutput,
    LiteralInput,
    LiteralOutput,
    Process,
    Service,
)
from pywps.app.Common import Metadata
from pywps.app.exceptions import ProcessError


class Greet(Process):
    """Literals of several types, with defaults, allowed values and units."""

    def __init__(self):
        super().__init__(
            self._handler,
            identifier="greet",
            title="Greet",
            abstract="Greets somebody as often as asked for.",
            keywords=["literal", "demo"],
            version="1.2.0",
            metadata=[Metadata("PyWPS", "https://pywps.org/", role="about")],
            inputs=[
                LiteralInput("name", "Name", data_type="string", abstract="Whom to greet."),
                LiteralInput(
                    "language", "Language", data_type="string", allowed_values=["en", "cs", "de"], default="en"
                ),
                LiteralInput("times", "How often", data_type="integer", allowed_values=[(1, 5)], default=1),
                LiteralInput("pause", "Pause", data_type="float", uoms=[UOM("unity")], default=0, min_occurs=0),
            ],
            outputs=[
                LiteralOutput("greeting", "Greeting", data_type="string"),
                LiteralOutput("length", "Characters", data_type="integer", uoms=[UOM("unity")]),
            ],
            store_supported=True,
            status_supported=True,
        )

    @staticmethod
    def _handler(request, response):
        words = {"en": "Hello", "cs": "Ahoj", "de": "Hallo"}
        inputs = {key: values[0].data for key, values in request.inputs.items()}
        time.sleep(inputs["pause"])
        greeting = " ".join([f"{words[inputs['language']]} {inputs['name']}"] * inputs["times"])
        response.outputs["greeting"].data = greeting
        response.outputs["length"].data = len(greeting)
        return response


class Extent(Process):
    """The bounding box of a layer, grown by a factor, and the layer itself as a file."""

    def __init__(self):
        super().__init__(
            self._handler,
            identifier="extent",
            title="Extent of a layer",
            version="1.0.0",
            inputs=[
                ComplexInput("layer", "Layer", supported_formats=[FORMATS.GEOJSON, FORMATS.JSON]),
                BoundingBoxInput("within", "Only within", crss=["EPSG:4326"], min_occurs=0),
            ],
            outputs=[
                BoundingBoxOutput("extent", "Extent", crss=["EPSG:4326"]),
                ComplexOutput("polygon", "Extent as a polygon", supported_formats=[FORMATS.GEOJSON]),
                LiteralOutput("points", "Points that count", data_type="integer"),
            ],
            store_supported=True,
            status_supported=True,
        )

    def _handler(self, request, response):
        with open(request.inputs["layer"][0].file, encoding="utf-8") as file:
            features = json.load(file)["features"]
        points = [feature["geometry"]["coordinates"] for feature in features]
        if "within" in request.inputs:
            west, south, east, north = request.inputs["within"][0].data
            points = [(x, y) for x, y in points if west <= x <= east and south <= y <= north]
        if not points:
            raise ProcessError("No point is within the box.")
        west, east = min(x for x, _ in points), max(x for x, _ in points)
        south, north = min(y for _, y in points), max(y for _, y in points)
        response.outputs["extent"].data = [west, south, east, north]
        response.outputs["points"].data = len(points)
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        path = f"{self.workdir}/extent.geojson"
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"type": "Polygon", "coordinates": [ring]}, file)
        response.outputs["polygon"].file = path
        return response


class Count(Process):
    """Counts, and tells how far it is."""

    def __init__(self):
        super().__init__(
            self._handler,
            identifier="count",
            title="Count slowly",
            version="1.0.0",
            inputs=[
                LiteralInput("steps", "Steps", data_type="positiveInteger", default=10),
                LiteralInput("pause", "Seconds of a step", data_type="float", default=0.2),
                LiteralInput("fail", "Step at which it fails", data_type="integer", min_occurs=0),
            ],
            outputs=[ComplexOutput("log", "What was counted", supported_formats=[FORMATS.TEXT])],
            store_supported=True,
            status_supported=True,
        )

    @staticmethod
    def _handler(request, response):
        steps = request.inputs["steps"][0].data
        fail = request.inputs["fail"][0].data if "fail" in request.inputs else None
        lines = []
        for step in range(steps):
            if step == fail:
                raise ProcessError(f"Step {step} failed on purpose.")
            response.update_status(f"step {step} of {steps}", 100 * step / steps)
            time.sleep(request.inputs["pause"][0].data)
            lines.append(f"{step}\n")
        response.outputs["log"].data = "".join(lines)
        return response


application = Service([Greet(), Extent(), Count()])
