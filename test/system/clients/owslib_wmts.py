"""Uses a WMTS as OWSLib's users do. Arguments: the WMTS address, a layer. Prints one line per check."""
import struct
import sys

from owslib.wmts import WebMapTileService

url, layer = sys.argv[1:]

wmts = WebMapTileService(url)
print("title", wmts.identification.title)
assert layer in wmts.contents, list(wmts.contents)
for name in wmts.contents[layer].tilematrixsetlinks:
    matrices = wmts.tilematrixsets[name].tilematrix
    tile = wmts.gettile(layer=layer, tilematrixset=name, tilematrix=list(matrices)[1], row=0, column=0, format="image/png")
    data = tile.read()
    assert data[1:4] == b"PNG", data[:200]
    assert struct.unpack(">II", data[16:24]) == (256, 256)
    print("gettile", name)
for operation in ("GetCapabilities", "GetTile"):
    for method in wmts.getOperationByName(operation).methods:
        print("address", method["url"])
print("done")
