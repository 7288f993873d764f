import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { checkZip, type ZipLimits } from '../../src/processes/zip-check.ts';
import { zipFiles } from '../../src/processes/zip-files.ts';
import { processes } from './helpers/tasks.ts';
import { craftZip } from './helpers/zips.ts';

const MEBIBYTE = 1024 * 1024;

function check(bytes: Uint8Array, limits: Partial<ZipLimits> = {}): Promise<void> {
  return checkZip({ at: 'memory', bytes }, { ...processes.archives, ...limits });
}

const file = (name: string, text = 'words') => ({ name, data: Buffer.from(text) });

test('what people zip is taken: folders, other languages, the same name in two folders, nothing at all', async (t) => {
  await t.notThrowsAsync(
    check(
      craftZip(
        [
          { name: 'data/', mode: 0o040755 },
          file('data/Straßen.shp'),
          file('data/old/Straßen.shp'),
          { ...file('stored.txt'), method: 0 },
          // Of systems that know no modes.
          { ...file('plain.txt'), mode: 0 },
          file('..hidden'),
          file('a..b/c'),
        ],
        'a comment',
      ),
    ),
  );
  await t.notThrowsAsync(check(craftZip([])));
});

test('what processes here zip is taken as an input again', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-zip-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await writeFile(path.join(folder, 'a.dbf'), Buffer.alloc(MEBIBYTE));
  await writeFile(path.join(folder, 'a.shp'), 'x');
  const target = path.join(folder, 'a.zip');
  await zipFiles(folder, ['a.dbf', 'a.shp'], target);
  await t.notThrowsAsync(checkZip({ at: 'file', path: target }, processes.archives));
  await t.throwsAsync(checkZip({ at: 'file', path: target }, { ...processes.archives, maxFiles: 1 }), {
    message: /more than 1 files/,
  });
});

test('bombs are seen without being unpacked', async (t) => {
  const zeros = Buffer.alloc(4 * MEBIBYTE);
  const bomb = craftZip([
    { name: 'a.dbf', data: zeros },
    { name: 'b.dbf', data: zeros },
  ]);
  await t.notThrowsAsync(check(bomb));
  await t.throwsAsync(check(bomb, { maxUnpackedBytes: 7 * MEBIBYTE }), { message: /7340032 bytes/ });
  await t.throwsAsync(check(bomb, { ratioFromBytes: MEBIBYTE }), { message: /200 times as large/ });
  await t.notThrowsAsync(check(bomb, { ratioFromBytes: MEBIBYTE, maxRatio: 2000 }));
  const claims = Array.from({ length: 2 }, (_, i) => ({ ...file(`${i}.dbf`), claimedBytes: 2 ** 32 - 2 }));
  await t.throwsAsync(check(craftZip(claims)), { message: /unpacked it has more than/ });
});

test('a file that is packed in more bytes than it says to have is a lie', async (t) => {
  const noise = { name: 'a.shp', data: randomBytes(3000) };
  await t.notThrowsAsync(check(craftZip([noise, { name: 'empty', method: 8 }])));
  await t.throwsAsync(check(craftZip([{ ...noise, claimedBytes: 900 }])), {
    message: '"a.shp" in it holds more than it says',
  });
});

test('many files, and many that share their bytes', async (t) => {
  const many = Array.from({ length: 10_001 }, (_, i) => ({ name: `${i}`, method: 0 }));
  await t.throwsAsync(check(craftZip(many)), { message: /more than 10000 files/ });
  const shared = [file('0.shp'), ...[1, 2, 3].map((i) => ({ ...file(`${i}.shp`), sharesWith: 0 }))];
  await t.throwsAsync(check(craftZip(shared)), { message: /share their bytes/ });
});

for (const name of ['../up.shp', 'a/../../up.shp', '/etc/passwd', 'C:\\up.shp', 'a\\..\\up.shp', 'a\0.shp']) {
  test(`a file is not named ${JSON.stringify(name)}`, async (t) => {
    await t.throwsAsync(check(craftZip([file('a.shp'), file(name)])), {
      message: /path|zero character|characters in fileName/,
    });
  });
}

for (const [first, second] of [
  ['a.shp', 'a.shp'],
  ['a.shp', 'A.SHP'],
  ['a/b', 'a//./b'],
  ['\u00e4', 'a\u0308'],
] as const) {
  test(`${JSON.stringify(first)} and ${JSON.stringify(second)} are one file somewhere`, async (t) => {
    await t.throwsAsync(check(craftZip([file(first), file(second)])), { message: /twice/ });
  });
}

test('links, devices, passwords, foreign methods and endless names', async (t) => {
  const refused = (changes: object, message: RegExp) =>
    t.throwsAsync(check(craftZip([{ ...file('a'), ...changes }])), { message });
  await refused({ mode: 0o120777, data: Buffer.from('/etc/passwd') }, /link or device/);
  await refused({ mode: 0o060600 }, /link or device/);
  await refused({ flags: 1 }, /password/);
  await refused({ method: 93, data: Buffer.from('zstd') }, /method 93/);
  await refused({ name: 'n'.repeat(5000) }, /more than 1024 bytes/);
});

test('what is torn, or no zip at all, has a reason', async (t) => {
  const whole = craftZip([file('a.shp', 'words '.repeat(1000)), file('b.shp')]);
  for (const length of [3, 100, whole.length - 1]) {
    await t.throwsAsync(check(whole.subarray(0, length)), { message: /./ }, String(length));
  }
  for (let at = 0; at < whole.length; at += 1) {
    const torn = Buffer.from(whole);
    torn[at] = (torn[at] as number) ^ 0xff;
    // Whatever it is taken for, it is told and does not throw anything else.
    await check(torn).catch((error) => t.true(error instanceof Error));
  }
});
