import { OgcException } from './exceptions.ts';
import type { LayerDescription, ProjectDescription } from './project-description.ts';

/** Resolution of the OGC's standard pixel of 0.28 mm, in dots per inch. */
export const STANDARD_DPI = 25.4 / 0.28;

/**
 * The name that stands for all layers of a project: its id. It has none where a layer of its own bears that
 * name.
 */
export function rootLayerName(project: ProjectDescription): string | undefined {
  return findLayer(project, project.id) ? undefined : project.id;
}

export function findLayer(project: ProjectDescription, name: string): LayerDescription | undefined {
  return project.layers.find((layer) => layer.name === name);
}

export function queryableLayers(project: ProjectDescription): LayerDescription[] {
  return project.layers.filter((layer) => layer.queryable);
}

/** What is to be drawn; no layers stand for all of the project. */
export interface LayerSelection {
  readonly layers: readonly string[];
  readonly styles: readonly string[];
}

/**
 * The layers of LAYERS and the styles of STYLES, one each. The project's own name among them stands for all
 * its layers; alone, it gives the empty selection. A layer's default style is always written `''`.
 * Throws LayerNotDefined, StyleNotDefined.
 */
export function selectLayers(
  project: ProjectDescription,
  layersText: string,
  stylesText: string,
  maxLayers: number,
): LayerSelection {
  const names = splitList(layersText);
  if (names.length > maxLayers) {
    throw new OgcException('InvalidParameterValue', `LAYERS names more than ${maxLayers} layers`, {
      locator: 'LAYERS',
    });
  }
  const styles = stylesFor(names.length, stylesText);
  const root = rootLayerName(project);
  const isWholeProject = names.length === 1 && names[0] === root;
  const selected = names.flatMap((name, index) => {
    const style = styles[index] ?? '';
    if (name === root) return wholeProject(project, style);
    return [selectLayer(project, name, style)];
  });
  if (isWholeProject) return { layers: [], styles: [] };
  return { layers: selected.map(({ layer }) => layer), styles: selected.map(({ style }) => style) };
}

/** One layer in one style; throws LayerNotDefined, StyleNotDefined. */
export function selectLayer(
  project: ProjectDescription,
  name: string,
  style: string,
): { layer: string; style: string } {
  const layer = findLayer(project, name);
  if (!layer) throw layerNotDefined(project, name, 'LAYERS');
  return { layer: name, style: canonicalStyle(layer, style) };
}

export function layerNotDefined(project: ProjectDescription, name: string, locator: string): OgcException {
  const message = `Project "${project.id}" has no layer "${name.slice(0, 100)}"`;
  return new OgcException('LayerNotDefined', message, { locator });
}

function wholeProject(project: ProjectDescription, style: string): { layer: string; style: string }[] {
  if (style !== '' && style !== 'default') throw styleNotDefined(project.id, style);
  return project.layers.map((layer) => ({ layer: layer.name, style: '' }));
}

function canonicalStyle(layer: LayerDescription, style: string): string {
  const index = layer.styles.findIndex(({ name }) => name === style);
  if (index > 0) return style;
  if (index === 0 || style === '' || style === 'default') return '';
  throw styleNotDefined(layer.name, style);
}

/** WMS 1.3.0 section 7.3.3.4: one style per layer, or a single empty value for all in default styles. */
function stylesFor(layerCount: number, text: string): readonly string[] {
  const styles = splitList(text);
  while (styles.length > layerCount && styles.at(-1) === '') styles.pop();
  if (styles.length !== layerCount && styles.some((style) => style !== '')) {
    throw new OgcException(
      'StyleNotDefined',
      `STYLES names ${styles.length} styles for ${layerCount} layers; give one for each, or none`,
      { locator: 'STYLES' },
    );
  }
  return styles;
}

function styleNotDefined(layer: string, style: string): OgcException {
  const message = `Layer "${layer}" has no style "${style.slice(0, 100)}"`;
  return new OgcException('StyleNotDefined', message, { locator: 'STYLES' });
}

/** The items of a comma-separated list. */
export function splitList(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}
