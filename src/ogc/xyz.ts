import { defaultReporting, OgcException, withReporting } from './exceptions.ts';
import { encodingOf } from './image-format.ts';
import type { MapView } from './map-request.ts';
import { splitPath } from './path.ts';
import { projectOfPath } from './project-name.ts';
import type { ServiceContext } from './service.ts';
import { tileBBox, webMercatorQuad } from './tile-matrix-set.ts';
import { tileView } from './tile-view.ts';

const LAST_SEGMENT = /^(\d{1,9})(@2x)?\.(png|png8|jpg|jpeg|webp)$/;

/**
 * The tile of a path in the manner of OpenStreetMap: `<project>/<z>/<x>/<y>.png` (or `.jpg`, `.webp`;
 * `<y>@2x.png` has 512 pixels), still percent-encoded. Rows count from the north. Throws `OgcException` with
 * status 404, as plain text, for what is not there.
 */
export function readXyzPath(path: string, context: ServiceContext): MapView {
  return withReporting(defaultReporting('plain'), () => {
    const [id = '', z = '', x = '', last = '', ...rest] = splitPath(path);
    const match = LAST_SEGMENT.exec(last);
    if (!match || rest.length > 0 || !/^\d{1,2}$/.test(z) || !/^\d{1,9}$/.test(x)) {
      throw notFound('Tiles are at <project>/<z>/<x>/<y>.png, .jpg or .webp');
    }
    const project = projectOfPath(id, context);
    const [, y = '', retina, extension = ''] = match;
    const level = Number(z);
    const bbox =
      level <= context.limits.maxZoom ? tileBBox(webMercatorQuad, level, Number(x), Number(y)) : undefined;
    if (!bbox)
      throw notFound(`There is no tile ${z}/${x}/${y}: zoom goes from 0 to ${context.limits.maxZoom}`);
    const encoding = encodingOf(extension) ?? 'png';
    return tileView(project, webMercatorQuad, bbox, {
      layer: undefined,
      style: '',
      encoding,
      pixelRatio: retina ? 2 : 1,
    });
  });
}

function notFound(message: string): OgcException {
  return new OgcException('TileOutOfRange', message, { httpStatus: 404 });
}
