import { styleText } from 'node:util';
import type { NodeEvent } from '../http/node-event.ts';
import type { GismeshNode } from '../node.ts';
import { version } from '../version.ts';
import type { Output } from './output.ts';
import { type PeerChange, PeerWatch } from './peer-watch.ts';

type Ready = GismeshNode['ready'];

/** What `start` says while the peer runs. */
interface Report {
  ready(ready: Ready): void;
  event(event: NodeEvent): void;
  stopping(by: string): void;
  stopped(): void;
}

/** One JSON object per line, for scripts: `ready`, `peer`, `project`, `stopping`, `stopped`. */
export class JsonReport implements Report {
  readonly #output: Output;
  readonly #watch = new PeerWatch();

  constructor(output: Output) {
    this.#output = output;
  }

  ready(ready: Ready): void {
    this.#output.json({ event: 'ready', ...ready });
  }

  event(event: NodeEvent): void {
    if (event.event === 'project') this.#output.json(event);
    for (const { change, peer } of this.#watch.changes(event))
      this.#output.json({ event: 'peer', change, peer });
  }

  stopping(by: string): void {
    this.#output.json({ event: 'stopping', by });
  }

  stopped(): void {
    this.#output.json({ event: 'stopped' });
  }
}

/** For people: where the map is, how to invite others, who comes and goes. */
export class TerminalReport implements Report {
  readonly #output: Output;
  readonly #watch = new PeerWatch();

  constructor(output: Output) {
    this.#output = output;
  }

  ready({ http, peerId, data }: Ready): void {
    const map = http.replace('//127.0.0.1', '//localhost');
    this.#output.line('');
    this.#output.line(`  ${styleText('bold', 'gismesh')} ${version()} is ready`);
    this.#output.line('');
    this.#fact('Map', styleText(['cyan', 'underline'], map));
    this.#fact('WMS', `${map}/wms`);
    this.#fact('Peer', peerId);
    this.#fact('Data', data);
    this.#fact('Invite', `gismesh invite --url ${http}`);
    this.#output.line('');
    this.#output.line(styleText('dim', '  Ctrl+C stops this peer.'));
    this.#output.line('');
  }

  event(event: NodeEvent): void {
    if (event.event === 'project') this.#project(event);
    for (const change of this.#watch.changes(event)) this.#peer(change);
  }

  stopping(): void {
    this.#happened('dim', '■', 'stopping: finishing what is running; Ctrl+C again ends it at once');
  }

  stopped(): void {
    this.#happened('dim', '■', 'stopped');
  }

  #fact(name: string, value: string): void {
    this.#output.line(`  ${styleText('dim', name.padEnd(8))}${value}`);
  }

  #peer({ change, peer }: PeerChange): void {
    const name = `${styleText('bold', peer.name)} ${styleText('dim', shortPeerId(peer.peerId))}`;
    const count = styleText('dim', `(${this.#watch.others + 1} peers)`);
    if (change === 'joined') this.#happened('green', '+', `${name} joined, ${offer(peer)} ${count}`);
    if (change === 'back') this.#happened('green', '+', `${name} is back ${count}`);
    if (change === 'suspect') this.#happened('yellow', '?', `${name} does not answer`);
    if (change === 'left') this.#happened('dim', '-', `${name} left ${count}`);
    if (change === 'lost') this.#happened('red', '-', `${name} is gone ${count}`);
  }

  #project({ id, change, reason }: Extract<NodeEvent, { event: 'project' }>): void {
    if (change !== 'refused') this.#happened('blue', '·', `project ${styleText('bold', id)} ${change}`);
    else this.#happened('red', '!', `project ${styleText('bold', id)} is not served: ${reason}`);
  }

  #happened(colour: 'green' | 'yellow' | 'red' | 'blue' | 'dim', mark: string, text: string): void {
    const time = new Date().toLocaleTimeString('en-GB');
    this.#output.line(`  ${styleText('dim', time)} ${styleText(colour, mark)} ${text}`);
  }
}

function offer({ cores, engines }: PeerChange['peer']): string {
  const names = engines.map(({ name }) => name).join(', ') || 'no engine';
  return `${cores} ${cores === 1 ? 'core' : 'cores'}, ${names}`;
}

/** The end of a peer id is what tells two apart. */
export function shortPeerId(peerId: string): string {
  return peerId.length <= 12 ? peerId : `…${peerId.slice(-8)}`;
}
