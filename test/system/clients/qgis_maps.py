"""QGIS as a client: maps by WMS 1.1.1 and 1.3.0 in four CRSs, by WMTS and by XYZ, and what stands at a place.

usage: qgis_maps.py URL (of the front door). Prints one line per check.
"""
import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsPointXY,
    QgsRaster,
    QgsRasterLayer,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QSize

url = sys.argv[1]
WIDTH, HEIGHT = 420, 280
VIEWS = {
    "EPSG:4326": (-20, 30, 40, 65),
    "EPSG:3857": (-2e6, 4e6, 4e6, 9e6),
    "EPSG:3035": (2.5e6, 1.4e6, 6e6, 5e6),
    "EPSG:2056": (2480000, 1070000, 2840000, 1300000),
}

application = QgsApplication([], False)
application.initQgis()


def layer_of(uri):
    layer = QgsRasterLayer(uri, "layer", "wms")
    assert layer.isValid(), (uri, layer.error().message())
    return layer


def draw(what, uri, crs):
    # The settings do not keep the layer alive.
    layer = layer_of(uri)
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setOutputSize(QSize(WIDTH, HEIGHT))
    settings.setExtent(QgsRectangle(*VIEWS[crs]))
    settings.setDestinationCrs(QgsCoordinateReferenceSystem(crs))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    assert not job.errors(), (what, [error.message for error in job.errors()])
    image = job.renderedImage()
    colours = {image.pixel(x, y) for x in range(0, WIDTH, 7) for y in range(0, HEIGHT, 7)}
    assert len(colours) > 50, (what, len(colours))
    print("drawn", what, crs)


def wms(layers, crs, version="1.3.0"):
    return (
        f"IgnoreGetMapUrl=1&crs={crs}&dpiMode=7&format=image/png&layers={layers}&styles=&"
        f"url={url}/wms?VERSION={version}"
    )


for version in ("1.1.1", "1.3.0"):
    for crs in VIEWS:
        draw("WMS " + version, wms("world", crs, version), crs)
draw("XYZ", f"type=xyz&url={url}/tiles/world/{{z}}/{{x}}/{{y}}.png&zmin=0&zmax=18", "EPSG:3857")
draw(
    "WMTS",
    "crs=EPSG:3857&dpiMode=7&format=image/png&layers=world&styles=default&tileMatrixSet=WebMercatorQuad&"
    f"url={url}/wmts?SERVICE%3DWMTS%26REQUEST%3DGetCapabilities",
    "EPSG:3857",
)

countries = layer_of(wms("countries", "EPSG:4326"))
for name, form in (
    ("text", QgsRaster.IdentifyFormatText),
    ("html", QgsRaster.IdentifyFormatHtml),
    ("features", QgsRaster.IdentifyFormatFeature),
):
    view = QgsRectangle(0, 40, 20, 60)
    found = countries.dataProvider().identify(QgsPointXY(10, 50), form, view, 400, 400)
    assert found.isValid(), (name, found.error().message())
    results = found.results()[0]
    if name == "features":
        names = [feature["name"] for store in results for feature in store.features()]
        assert names == ["Germany"], names
    else:
        assert "Germany" in results, results
    print("identified", name)
print("done")
application.exitQgis()
