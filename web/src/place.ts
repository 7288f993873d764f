/** What the address bar says is shown, so that a link leads to it. */
export interface Place {
  readonly project: string;
  readonly zoom: number;
  /** Degrees. */
  readonly longitude: number;
  readonly latitude: number;
}

/** `#world/4.50/47.1000/8.2000`: project, zoom, latitude, longitude. */
export function hashOfPlace({ project, zoom, longitude, latitude }: Place): string {
  const digits = Math.max(2, Math.ceil(zoom / 3) + 1);
  return `#${project}/${zoom.toFixed(2)}/${latitude.toFixed(digits)}/${longitude.toFixed(digits)}`;
}

export function placeOfHash(hash: string): Place | undefined {
  const [project, ...numbers] = hash.replace(/^#/, '').split('/');
  const [zoom, latitude, longitude] = numbers.map(Number);
  if (!project || numbers.length !== 3 || numbers.includes('')) return undefined;
  if (!isWithin(zoom, 0, 30) || !isWithin(latitude, -90, 90) || !isWithin(longitude, -180, 180))
    return undefined;
  return { project, zoom, latitude, longitude };
}

function isWithin(value: number | undefined, low: number, high: number): value is number {
  return value !== undefined && value >= low && value <= high;
}
