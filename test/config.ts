import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { settings } from '../src/config/settings.ts';
import { configSchema, loadConfig } from '../src/config.ts';
import { temporaryFolder } from './data/helpers/temporary-folder.ts';

async function fileWith(t: ExecutionContext, yaml: string): Promise<string> {
  const file = path.join(await temporaryFolder(t), 'config.yaml');
  await writeFile(file, yaml);
  return file;
}

test('no file and no options: the defaults', async (t) => {
  t.deepEqual(await loadConfig(undefined), configSchema.parse({}));
});

test('every setting has a default and tells its reason', (t) => {
  const all = settings(configSchema);
  t.true(all.length > 30);
  for (const { place, reason, default: value } of all) {
    t.true(reason.length > 10, `${place} tells its reason`);
    t.not(value, undefined, `${place} has a default`);
  }
});

test('a file replaces defaults, an option replaces the file', async (t) => {
  const file = await fileWith(t, 'node: { name: from-file, logLevel: info }\nmaps: { metatileSize: 2 }\n');
  const config = await loadConfig(file, new Map([['node.name', { value: 'from-option', source: '--name' }]]));
  t.is(config.node.name, 'from-option');
  t.is(config.node.logLevel, 'info');
  t.is(config.maps.metatileSize, 2);
});

test('an empty file is none', async (t) => {
  t.deepEqual(await loadConfig(await fileWith(t, '# nothing\n')), configSchema.parse({}));
});

test('an unknown key is refused with its line and the nearest known name', async (t) => {
  const refused = async (yaml: string, message: RegExp) => {
    const file = await fileWith(t, yaml);
    await t.throwsAsync(loadConfig(file), { code: 'CONFIG_INVALID', message });
  };
  await refused(
    'node:\n  nam: x\n',
    /config\.yaml:2: node\.nam is not a known setting: did you mean "node\.name"\?/,
  );
  await refused('placment: {}\n', /config\.yaml:1: placment is not .* "placement"\?/);
  await refused('metatileSize: 2\n', /"maps\.metatileSize"\?/);
  await refused('zzzzzzzzzzzzzzzzzzzz: 1\n', /is not a known setting$/);
  await refused('HTTP: {}\n', /"http"\?/);
  await refused('http:\n  PORT: 1\n', /"http\.port"\?/);
  await refused('engines:\n  warm: 1\n', /"engines\.warmLimit"\?/);
  await refused('maps: { x: 1 }\n', /maps\.x is not a known setting$/);
  await refused('http.port: 8080\n', /http\.port is not a known setting: write "port:" below "http:"$/);
});

test('all problems are told at once, each with its line', async (t) => {
  const file = await fileWith(t, 'node:\n  stopGraceMs: soon\nmaps:\n  metatileSize: 99\n');
  const { message } = (await t.throwsAsync(loadConfig(file)))!;
  t.regex(message, /config\.yaml:2: node\.stopGraceMs: .*\n.*config\.yaml:4: maps\.metatileSize: /);
});

test('a wrong option is told by its own name', async (t) => {
  const overrides = new Map([['placement.policy', { value: 'fastest', source: '--policy' }]]);
  await t.throwsAsync(loadConfig(undefined, overrides), {
    code: 'CONFIG_INVALID',
    message: /^--policy: .*"bid"/,
  });
});

test('relative folders of a file are below its own', async (t) => {
  const file = await fileWith(t, 'node: { data: peer }\n');
  t.is((await loadConfig(file)).node.data, path.join(path.dirname(file), 'peer'));
});

test('so are those of each of a list', async (t) => {
  const file = await fileWith(
    t,
    `processes:
  pywps:
    applications:
      - { name: a, folder: app, readOnlyFolders: [data, /data] }
      - { name: b, folder: /srv/b }
`,
  );
  const { applications } = (await loadConfig(file)).processes.pywps;
  const folder = path.dirname(file);
  t.like(applications[0], {
    folder: path.join(folder, 'app'),
    readOnlyFolders: [path.join(folder, 'data'), '/data'],
  });
  t.is(applications[1]?.folder, '/srv/b');
});

test('what is no configuration is refused', async (t) => {
  const refused = async (yaml: string, message: RegExp) =>
    t.throwsAsync(loadConfig(await fileWith(t, yaml)), { code: 'CONFIG_INVALID', message });
  await refused('node: {\n', /config\.yaml:\d+: /);
  await refused('- a\n- b\n', /must hold "section: settings" lines/);
  await refused(`${'#'.repeat(1024 * 1024)}\n`, /larger than/);
  await refused(
    'a: &a [x, x, x]\nb: &b [*a, *a, *a, *a]\nc: &c [*b, *b, *b]\nd: [*c, *c, *c, *c, *c, *c, *c, *c]\n',
    /alias/i,
  );
  await refused('node:\n  name: a\n  name: b\n', /config\.yaml:3: "name" is given twice$/);
  await refused('node: {}\n---\nnode: {}\n', /config\.yaml:2: another document begins/);
  await refused(`a: ${'['.repeat(5000)}${']'.repeat(5000)}\n`, /config\.yaml:1: nested too deeply$/);
  const unreadable = async (file: string, message: RegExp) =>
    t.throwsAsync(loadConfig(file), { code: 'CONFIG_INVALID', message });
  await unreadable('/nowhere/config.yaml', /no such file/);
  await unreadable('/', /it is a folder/);
  await unreadable('/dev/zero', /larger than/);
});
