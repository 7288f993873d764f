/**
 * What a request will cost on this machine, learned from what requests did cost. Times are exponentially
 * weighted at five levels, from this very kind of drawing up to any drawing; a level with few samples is
 * pulled towards the more general one above it (shrinkage), and the most general towards a prior.
 */

/** What the time of a request depends on, as far as it can be known beforehand. */
export interface CostFeatures {
  /** `image`, `feature-info`, `legend`, or any other class of work. */
  readonly kind: string;
  /** Content hash of the project. */
  readonly project: string;
  /** Layers drawn, in any order. */
  readonly layers: readonly string[];
  /** Ground resolution of the drawing; banded by powers of two. */
  readonly metresPerPixel: number;
  /** Pixels of the whole drawing; banded by powers of four (twice the width and height). */
  readonly pixels: number;
}

export interface CostEstimate {
  /** Expected service time on a warm worker, ms. */
  readonly meanMs: number;
  /** 95th percentile, ms, taking times as log-normally distributed. */
  readonly p95Ms: number;
  /** Observations of this very kind of drawing. */
  readonly samples: number;
}

export interface CostModelOptions {
  /** Most kinds of drawing remembered; the one unused for longest is forgotten. */
  readonly maxEntries: number;
  /** Weight of a new observation against what was learned, 0 to 1. */
  readonly smoothing: number;
  /** Samples after which a level counts as much as the more general one above it. */
  readonly priorSamples: number;
  /** Service time of a 256 x 256 drawing before anything was learned, ms. */
  readonly priorMs: number;
  /** Longer observations count as this long, ms. */
  readonly maxObservedMs: number;
}

/** First and second moments of nominal or real times. */
interface Moments {
  mean: number;
  square: number;
  samples: number;
}

/** A time learned at a level without the size is scaled by this: half of a 256 x 256 drawing's time is per pixel. */
const TILE_PIXELS = 256 * 256;
/** Standard deviation over mean, squared, before anything was learned. */
const PRIOR_VARIATION = 0.5;
const Z95 = 1.6448536269514722;

export class CostModel {
  readonly #options: CostModelOptions;
  /** In order of last use, oldest first. */
  readonly #entries = new Map<string, Moments>();

  constructor(options: CostModelOptions) {
    this.#options = options;
  }

  /** Kinds of drawing remembered, at all levels together. */
  get size(): number {
    return this.#entries.size;
  }

  /** Learns that a request took `ms` on a warm worker; values that are no times are ignored. */
  observe(features: CostFeatures, ms: number): void {
    if (!(ms >= 0)) return;
    const observed = Math.min(ms, this.#options.maxObservedMs);
    const work = nominalWork(features.pixels);
    for (const level of levels(features)) {
      this.#learn(level.key, level.sized ? observed : observed / work);
    }
  }

  estimate(features: CostFeatures): CostEstimate {
    const { priorMs, priorSamples } = this.#options;
    const work = nominalWork(features.pixels);
    let mean = priorMs;
    let square = priorMs * priorMs * (1 + PRIOR_VARIATION);
    let samples = 0;
    for (const level of levels(features).toReversed()) {
      if (level.sized) {
        mean *= work;
        square *= work * work;
      }
      const learned = this.#entries.get(level.key);
      samples = learned?.samples ?? 0;
      if (learned === undefined) continue;
      const trust = samples / (samples + priorSamples);
      mean += trust * (learned.mean - mean);
      square += trust * (learned.square - square);
    }
    return { meanMs: mean, p95Ms: logNormalP95(mean, square), samples };
  }

  #learn(key: string, value: number): void {
    const entry = this.#entries.get(key) ?? { mean: 0, square: 0, samples: 0 };
    entry.samples += 1;
    // A plain average of the first few, exponential from then on.
    const share = Math.max(this.#options.smoothing, 1 / entry.samples);
    entry.mean += share * (value - entry.mean);
    entry.square += share * (value * value - entry.square);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size > this.#options.maxEntries) {
      const oldest = this.#entries.keys().next();
      if (!oldest.done) this.#entries.delete(oldest.value);
    }
  }
}

interface Level {
  readonly key: string;
  readonly sized: boolean;
}

/** Estimated, placed and learned from, one drawing's levels are asked for again and again. */
const knownLevels = new WeakMap<CostFeatures, readonly Level[]>();

/** The keys of a request, most specific first; only the first knows the size. */
function levels(features: CostFeatures): readonly Level[] {
  let found = knownLevels.get(features);
  if (found === undefined) {
    found = levelsOf(features);
    knownLevels.set(features, found);
  }
  return found;
}

function levelsOf(features: CostFeatures): readonly Level[] {
  const scaleBand = band(features.metresPerPixel, 1);
  const sizeBand = band(features.pixels, 2);
  const layers = [...features.layers].sort();
  const parts = [features.kind, features.project, JSON.stringify(layers), scaleBand, sizeBand];
  const found: Level[] = [];
  let key = '';
  for (const [index, part] of parts.entries()) {
    key += `${part}\n`;
    found.push({ key, sized: index === parts.length - 1 });
  }
  return found.reverse();
}

/** Number of the band of a positive value when each band spans `octaves` doublings. */
function band(value: number, octaves: number): number {
  return value > 0 && Number.isFinite(value) ? Math.round(Math.log2(value) / octaves) : 0;
}

/** Work of a drawing in units of a 256 x 256 one, half of which is independent of its pixels. */
function nominalWork(pixels: number): number {
  return pixels > 0 && Number.isFinite(pixels) ? (1 + pixels / TILE_PIXELS) / 2 : 1;
}

function logNormalP95(mean: number, square: number): number {
  if (mean <= 0) return 0;
  // Beyond a deviation of Z95 a wider log-normal of the same mean has a lower p95: a few huge outliers.
  const deviation = Math.min(Z95, Math.sqrt(Math.log(Math.max(1, square / (mean * mean)))));
  return mean * Math.exp(Z95 * deviation - (deviation * deviation) / 2);
}
