import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { findProgram } from '../sandbox/find-program.ts';

const TIMEOUT_MS = 20_000;
/** Asked outside of the sandbox: only so do the scripts work that stand for a Python, such as those of pyenv. */
const QUESTION = `
import importlib.util, json, site, sys
print(json.dumps({
  "executable": sys.executable,
  "folders": [sys.prefix, sys.base_prefix] + [each for each in sys.path if each],
  "userBase": site.getuserbase() if site.ENABLE_USER_SITE else "",
  "hasPywps": importlib.util.find_spec("pywps") is not None,
}))`;

const answer = z.object({
  executable: z.string().min(1),
  folders: z.array(z.string()),
  userBase: z.string(),
  hasPywps: z.boolean(),
});

/** A Python that has PyWPS. */
export interface Python {
  /** Absolute path. */
  readonly program: string;
  /** Where its libraries are, as far as that is not where those of the system are. */
  readonly folders: readonly string[];
  /** What it needs to find those that its user has installed, whose home it does not see. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The Python that is named, or the first that has PyWPS: of a virtual environment in the folder, on PATH, or of the
 * system. Rejects with an `Error` that tells what was looked at.
 */
export async function findPython(python: string, folder: string, searchPath: string): Promise<Python> {
  const looked: string[] = [];
  for (const candidate of candidates(python, folder, searchPath)) {
    const program = findProgram(candidate, searchPath);
    if (program === undefined || looked.includes(program)) continue;
    looked.push(program);
    const found = await ask(program).catch(() => undefined);
    if (found !== undefined) return found;
  }
  if (looked.length === 0) throw new Error(`there is no ${python || 'Python'}`);
  throw new Error(`PyWPS is not installed for ${looked.join(', ')}; set "python" to one that has it`);
}

function candidates(python: string, folder: string, searchPath: string): string[] {
  if (python !== '') return [python.includes('/') ? path.resolve(folder, python) : python];
  return [
    ...['.venv', 'venv'].map((name) => path.join(folder, name, 'bin', 'python')),
    ...searchPath.split(path.delimiter).map((each) => path.join(each, 'python3')),
    '/usr/bin/python3',
  ];
}

/** Undefined for one without PyWPS. */
async function ask(program: string): Promise<Python | undefined> {
  // Not in a folder of modules: one of them could have the name of what is imported.
  const { stdout } = await promisify(execFile)(program, ['-c', QUESTION], { cwd: '/', timeout: TIMEOUT_MS });
  const { executable, folders, userBase, hasPywps } = answer.parse(JSON.parse(stdout));
  if (!hasPywps) return undefined;
  return {
    program: executable,
    folders: [...new Set([...folders, path.dirname(executable)])].filter(isElsewhere),
    environment: userBase === '' ? {} : { PYTHONUSERBASE: userBase },
  };
}

function isElsewhere(folder: string): boolean {
  if (!path.isAbsolute(folder) || folder === path.parse(folder).root) return false;
  return !['/usr', '/bin', '/lib'].some((system) => folder === system || folder.startsWith(`${system}/`));
}
