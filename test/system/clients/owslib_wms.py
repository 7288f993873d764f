"""Uses a WMS as OWSLib's users do, in both versions. Argument: the WMS address. Prints one line per check."""
import struct
import sys

from owslib.wms import WebMapService

url = sys.argv[1]


def size_of_png(data):
    assert data[1:4] == b"PNG", data[:200]
    return struct.unpack(">II", data[16:24])


for version, crs, bbox in (
    ("1.1.1", "EPSG:4326", (-10, 35, 30, 60)),
    ("1.3.0", "EPSG:4326", (-10, 35, 30, 60)),
    ("1.3.0", "EPSG:3857", (-1113194, 4163881, 3339584, 8399737)),
    ("1.3.0", "CRS:84", (-10, 35, 30, 60)),
):
    wms = WebMapService(url, version=version)
    assert wms.identification.title
    names = list(wms.contents)
    assert "countries" in names, names
    layer = wms["countries"]
    assert crs in layer.crsOptions or version == "1.1.1", layer.crsOptions
    assert layer.boundingBoxWGS84 is not None
    operation = wms.getOperationByName("GetMap")
    assert "image/png" in operation.formatOptions
    for method in operation.methods:
        assert method["url"].startswith(url.split("/wms")[0]), method
    image = wms.getmap(
        layers=["countries"], styles=[""], srs=crs, bbox=bbox, size=(300, 200), format="image/png", transparent=True
    )
    assert size_of_png(image.read()) == (300, 200)
    print("getmap", version, crs)

    info = wms.getfeatureinfo(
        layers=["countries"], query_layers=["countries"], srs=crs, bbox=bbox, size=(300, 200),
        format="image/png", info_format="text/plain", xy=(150, 120), feature_count=2,
    )
    text = info.read().decode()
    assert "countries" in text.lower() or "name" in text.lower(), text
    print("getfeatureinfo", version, crs)

    try:
        wms.getmap(layers=["no_such_layer"], srs=crs, bbox=bbox, size=(10, 10), format="image/png")
    except Exception as error:
        assert type(error).__name__ == "ServiceException", repr(error)
        print("exception", version, crs)
    else:
        raise AssertionError("an unknown layer was drawn")
print("done")
