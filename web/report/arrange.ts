export interface Site {
  readonly name: string;
  readonly first: number;
  readonly count: number;
}

/** Where a site is drawn, px. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly perRow: number;
  readonly padding: number;
  /** Room for its name. */
  readonly top: number;
}

const PADDING = 8;
const TOP = 26;
/** Between boxes, px; with links more across than down, for their names. */
const GAP = { across: 10, down: 10 };
const LINKED_GAP = { across: 104, down: 34 };
const LARGEST_CELL = 56;
const SMALLEST_CELL = 5;
const MOST_HEIGHT = 400;
/** A box is about this much wider than high. */
const ASPECT = 1.5;

/** Puts the sites in rows, with machines as large as fit. */
export function arranged(
  sites: readonly Site[],
  width: number,
  hasLinks: boolean,
): { readonly boxes: Box[]; readonly cell: number; readonly height: number } {
  const gap = hasLinks ? LINKED_GAP : GAP;
  for (let cell = LARGEST_CELL; cell > SMALLEST_CELL; cell -= 1) {
    const layout = withCells(sites, width, cell, gap);
    if (layout.height <= MOST_HEIGHT) return { ...layout, cell };
  }
  return { ...withCells(sites, width, SMALLEST_CELL, gap), cell: SMALLEST_CELL };
}

function withCells(
  sites: readonly Site[],
  width: number,
  cell: number,
  gap: typeof GAP,
): { boxes: Box[]; height: number } {
  const rows: Box[][] = [[]];
  let x = 0;
  let y = 0;
  for (const { name, count } of sites) {
    const size = sizeOf(name, count, width, cell);
    if (x > 0 && x + size.width > width) {
      y = bottom(rows.at(-1)!) + gap.down;
      x = 0;
      rows.push([]);
    }
    rows.at(-1)!.push({ ...size, x, y });
    x += size.width + gap.across;
  }
  return { boxes: rows.flatMap((row) => centred(row, width)), height: bottom(rows.at(-1)!) + 2 };
}

function sizeOf(name: string, count: number, width: number, cell: number): Omit<Box, 'x' | 'y'> {
  const fits = Math.max(1, Math.floor((width - 2 * PADDING) / cell));
  const perRow = Math.min(fits, Math.max(1, Math.ceil(Math.sqrt(count * ASPECT))));
  const forName = (name.length + 6) * 7 + 2 * PADDING;
  return {
    width: Math.min(width, Math.max(perRow * cell + 2 * PADDING, forName)),
    height: Math.ceil(count / perRow) * cell + TOP + PADDING,
    perRow,
    padding: PADDING,
    top: TOP,
  };
}

function centred(row: readonly Box[], width: number): Box[] {
  const last = row.at(-1);
  const free = last ? width - (last.x + last.width) : 0;
  return row.map((box) => ({ ...box, x: box.x + Math.max(0, free) / 2 }));
}

function bottom(row: readonly Box[]): number {
  return row.reduce((lowest, { y, height }) => Math.max(lowest, y + height), 0);
}
