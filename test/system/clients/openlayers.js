// A map page as somebody else would write it: OpenLayers (global `ol`) and a WMS of another origin.

/** Draws a map; resolves to how many images failed, and how many colours the finished map has. */
globalThis.drawMap = ({ wms, source: kind, layer, params, projection }) => {
  const { ol } = globalThis;
  const source = new ol.source[kind]({
    url: wms,
    params: { LAYERS: 'world', ...params },
    // The canvas can be read only if the answers allow this origin.
    crossOrigin: 'anonymous',
  });
  let failed = 0;
  for (const event of ['tileloaderror', 'imageloaderror']) {
    source.on(event, () => {
      failed += 1;
    });
  }
  const center = ol.proj.fromLonLat([12, 50], projection);
  const map = new ol.Map({
    target: 'map',
    layers: [new ol.layer[layer]({ source })],
    view: new ol.View({ projection, center, zoom: 4 }),
  });
  return new Promise((resolve) => {
    map.once('rendercomplete', () => {
      const canvas = document.querySelector('#map canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      resolve({ failed, colours: new Set(new Uint32Array(data.buffer)).size });
    });
  });
};
