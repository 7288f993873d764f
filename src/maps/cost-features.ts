import type { CostFeatures } from '../core/cost-model.ts';
import { type Drawing, drawnPixels } from './drawing.ts';

const known = new WeakMap<Drawing, CostFeatures>();

/** What the cost of a drawing is learned by; always the same object for a drawing. */
export function costFeatures(drawing: Drawing): CostFeatures {
  let features = known.get(drawing);
  if (features === undefined) {
    features = featuresOf(drawing);
    known.set(drawing, features);
  }
  return features;
}

function featuresOf({ projectHash, task }: Drawing): CostFeatures {
  if (task.kind === 'legend') {
    return { kind: 'legend', project: projectHash, layers: [task.layer], metresPerPixel: 1, pixels: 1 };
  }
  const width = task.kind === 'image' ? task.columns * task.tileWidth : task.width;
  return {
    kind: task.kind === 'image' ? `image/${task.encoding}` : 'features',
    project: projectHash,
    layers: task.layers,
    metresPerPixel: (task.bbox[2] - task.bbox[0]) / width,
    pixels: drawnPixels(task),
  };
}
