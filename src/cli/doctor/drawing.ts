import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Config } from '../../config.ts';
import { DataDir } from '../../data/data-dir.ts';
import type { Engine } from '../../engines/engine.ts';
import { NodeEvents } from '../../node/events.ts';
import { type Machine, openMachine } from '../../node/machine.ts';
import { STANDARD_DPI } from '../../ogc/layers.ts';
import { type Log, silentLog } from '../../platform/log.ts';
import type { ProjectBundle } from '../../projects/project.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const TILE_PIXELS = 256;
const RENDER_TIMEOUT_MS = 30_000;
const STOP_GRACE_MS = 1000;
/** The demo map takes a tenth of it on an ordinary machine. */
const COMFORTABLE_RENDER_MS = 2000;

/** Starts an engine and opens the projects as a peer would, in a folder of its own, and draws one image. */
export async function checkDrawing(config: Config): Promise<Finding[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-doctor-'));
  const findings: Finding[] = [];
  const events = new NodeEvents();
  events.on((event) => {
    if (event.event !== 'project' || event.change !== 'refused') return;
    findings.push(
      fail('project', `${event.id} is not served: ${event.reason}`, 'correct it; see docs/projects.md'),
    );
  });
  try {
    const oneWorker = { ...config, engines: { ...config.engines, workers: 1 } };
    const machine = await openMachine(oneWorker, await DataDir.open(folder), events, engineLog(findings));
    findings.push(...(await checkMachine(machine)));
    if (!findings.some(({ check }) => check === 'project')) {
      findings.push(warn('project', 'none to serve', 'name a folder with --projects'));
    }
    await machine.close(STOP_GRACE_MS);
  } catch (error) {
    findings.push(
      fail('engine', (error as Error).message, 'install gismesh again with its optional dependencies'),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return findings;
}

/** An engine that does not start is logged, since a peer lives on without it. */
function engineLog(findings: Finding[]): Log {
  const error = (context: { err?: Error }) => {
    if (!context.err) return;
    findings.push(
      fail('engine', context.err.message, 'install gismesh again with its optional dependencies'),
    );
  };
  return { ...silentLog, error };
}

async function checkMachine({ engines, catalogue }: Machine): Promise<Finding[]> {
  const started = [...engines.values()];
  const findings = started.map(({ identity }) => ok('engine', `${identity.name} ${identity.version} works`));
  for (const bundle of catalogue.list()) {
    const { id, layers, engine: name } = bundle.description;
    findings.push(ok('project', `${id}: ${layers.length} layers`));
    const engine = engines.get(name);
    if (engine) findings.push(await checkRender(engine, bundle));
  }
  return findings;
}

async function checkRender(engine: Engine, bundle: ProjectBundle): Promise<Finding> {
  const { id, extent, background, layers } = bundle.description;
  const signal = new AbortController().signal;
  try {
    const { renderMs } = await engine.render(
      {
        bundle,
        layers: layers.map(({ name }) => name),
        styles: layers.map(() => ''),
        crs: 'CRS:84',
        bbox: extent,
        columns: 1,
        rows: 1,
        tileWidth: TILE_PIXELS,
        tileHeight: TILE_PIXELS,
        buffer: 0,
        encoding: 'png',
        transparent: false,
        background,
        dpi: STANDARD_DPI,
      },
      { signal, timeoutMs: RENDER_TIMEOUT_MS },
    );
    const detail = `${id} draws ${TILE_PIXELS} x ${TILE_PIXELS} pixels in ${renderMs.toFixed(0)} ms`;
    if (renderMs <= COMFORTABLE_RENDER_MS) return ok('drawing', detail);
    return warn('drawing', detail, 'give layers scale ranges, and their data indexes');
  } catch (error) {
    return fail('drawing', `${id}: ${(error as Error).message}`, 'correct the project; see docs/projects.md');
  }
}
