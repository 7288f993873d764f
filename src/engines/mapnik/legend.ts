import { GismeshError } from '../../core/errors.ts';
import type { Binding, MapnikImage } from './binding.ts';
import { encode } from './image-encoding.ts';
import { type LegendEntry, legendEntries } from './legend-entries.ts';
import { drawLabels, drawSample, type Size } from './legend-maps.ts';
import type { LegendMessage } from './messages.ts';
import type { OpenProject } from './open-projects.ts';

/** In layout units, pixels of 0.28 mm. */
const SAMPLE: Size = { width: 28, height: 18 };
const PADDING = 4;
const GAP = 6;
const ROW_HEIGHT = SAMPLE.height + PADDING;
/** Room in which labels are measured; the longest one fits. */
const LABEL_ROOM = 480;
/** Words drawn smaller than this share of their size cannot be read and are left out. */
const LEAST_LEGIBLE = 0.7;
/** A row lower than this, in pixels, explains nothing. */
const LEAST_ROW_HEIGHT = 10;
/** Pixels of a legend's longer side, whatever is asked for. */
const MAX_SIDE = 4096;

interface Layout {
  readonly size: Size;
  readonly sample: Size;
  readonly rowHeight: number;
  readonly withLabels: boolean;
  /** Pixels per layout unit. */
  readonly scale: number;
}

/**
 * Draws the legend of one layer: a sample and a label per rule. When the client sets a size, the picture has
 * exactly that size, smaller if need be, and without words where there is no room for them.
 */
export async function drawLegend(
  mapnik: Binding,
  project: OpenProject,
  task: LegendMessage,
): Promise<Buffer> {
  const parts = project.select([task.layer], [task.style]).layers();
  const styles = parts.flatMap((layer) => layer.styles);
  const geometryType = parts[0]?.datasource?.describe().geometry_type;
  const all = legendEntries(project.styleSheet, styles, task.title, geometryType);
  const entries = task.height === 0 ? all : all.slice(0, Math.max(1, task.height / LEAST_ROW_HEIGHT));
  const layout = layOut(entries.length, await labelWidth(mapnik, entries), task);
  return encode(await drawLayout(mapnik, project, entries, layout, task.background), task.encoding);
}

async function drawLayout(
  mapnik: Binding,
  project: OpenProject,
  entries: readonly LegendEntry[],
  { size, sample, rowHeight, withLabels, scale }: Layout,
  background: string | undefined,
): Promise<MapnikImage> {
  const labels = withLabels ? entries.map((entry) => entry.label) : [];
  const margin = withLabels ? PADDING : Math.min(PADDING, (size.width - sample.width) / 2);
  const text = { size, x: margin + SAMPLE.width + GAP, top: withLabels ? PADDING / 2 : 0, rowHeight };
  const image = await drawLabels(mapnik, labels, text, scale, background);
  image.premultiplySync();
  for (const [index, entry] of entries.entries()) {
    const picture = await drawSample(mapnik, project, entry, sample, scale);
    picture.premultiplySync();
    const y = text.top + index * rowHeight + (rowHeight - sample.height) / 2;
    await composite(image, picture, Math.round(margin * scale), Math.round(y * scale));
  }
  image.demultiplySync();
  return image;
}

/** Fits rows into what the client asks, or takes what they need. */
function layOut(rows: number, labels: number, asked: LegendMessage): Layout {
  const natural = {
    width: PADDING + SAMPLE.width + GAP + labels + PADDING,
    height: Math.max(1, rows) * ROW_HEIGHT + PADDING,
  };
  const limit = Math.min(asked.scaleFactor, MAX_SIDE / Math.max(natural.width, natural.height));
  const width = Math.min(MAX_SIDE, asked.width || Math.ceil(natural.width * limit));
  const height = Math.min(MAX_SIDE, asked.height || Math.ceil(natural.height * limit));
  const fitting = Math.min(limit, width / natural.width, height / natural.height);
  if (fitting >= limit * LEAST_LEGIBLE) {
    const size = { width: width / fitting, height: height / fitting };
    return { size, sample: SAMPLE, rowHeight: ROW_HEIGHT, withLabels: true, scale: fitting };
  }
  const size = { width: width / limit, height: height / limit };
  const rowHeight = Math.min(ROW_HEIGHT * 2, size.height / Math.max(1, rows));
  const sample = { width: Math.min(SAMPLE.width * 2, size.width), height: rowHeight };
  return { size, sample, rowHeight, withLabels: false, scale: limit };
}

/** Width of the widest label in layout units, from a drawing of them. */
async function labelWidth(mapnik: Binding, entries: readonly LegendEntry[]): Promise<number> {
  const size = { width: LABEL_ROOM, height: Math.max(1, entries.length) * ROW_HEIGHT };
  const labels = entries.map((entry) => entry.label);
  const layout = { size, x: 1, top: 0, rowHeight: ROW_HEIGHT };
  return paintedWidth(await drawLabels(mapnik, labels, layout, 1, undefined));
}

/** Columns up to the last one with a pixel that is not transparent. */
function paintedWidth(image: MapnikImage): number {
  const [pixels, width] = [image.data(), image.width()];
  let last = 0;
  for (let alpha = 3, column = 0; alpha < pixels.length; alpha += 4) {
    if (pixels[alpha] !== 0 && column > last) last = column;
    column = column + 1 === width ? 0 : column + 1;
  }
  return last + 1;
}

function composite(onto: MapnikImage, image: MapnikImage, dx: number, dy: number): Promise<void> {
  return new Promise((resolve, reject) => {
    onto.composite(image, { dx, dy }, (error) =>
      error ? reject(new GismeshError('RENDER_FAILED', error.message, { cause: error })) : resolve(),
    );
  });
}
