import { z } from 'zod';

const MEBIBYTE = 1024 * 1024;
const ms = z.number().positive();
const count = z.int().positive();

/** An application of PyWPS, as its owner describes it. */
const pywpsApplication = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'must be of letters, digits, "-", "_" and "."')
    .describe('For the log and for errors.'),
  folder: z.string().min(1).describe('Where it starts, and where its modules are.'),
  application: z
    .string()
    .min(1)
    .default('wsgi.py')
    .describe(
      'A Python file, or a module by its dotted name, with a `Service`, a list of processes, or processes; `wsgi.py:name` for one of several.',
    ),
  config: z.string().default('').describe('Its `pywps.cfg`.'),
  python: z
    .string()
    .default('')
    .describe(
      'A path, or a name on PATH. None: the first that has PyWPS, of a virtual environment in the folder before others.',
    ),
  environment: z.record(z.string().regex(/^\w+$/), z.string()).default({}),
  network: z.boolean().default(false).describe('Whether it needs the network.'),
  readOnlyFolders: z.array(z.string().min(1)).max(100).default([]).describe('Folders of data that it reads.'),
  idempotent: z.boolean().default(true).describe('Whether running its processes twice does no harm.'),
  expected: z
    .strictObject({
      seconds: z.number().positive().optional().describe('A typical run.'),
      cores: z.number().min(0).max(256).default(1),
      memoryMiB: z.number().positive().optional(),
    })
    .prefault({}),
});

/** What computes, and what one run may take. */
export const processesConfig = z.strictObject({
  niceness: z
    .int()
    .min(0)
    .max(19)
    .default(10)
    .describe('Of the work towards the scheduler: the people at the machine come first.'),
  limits: z
    .strictObject({
      timeoutMs: ms
        .default(3_600_000)
        .describe('One run: an hour, which is what raster processing can take.'),
      memoryBytes: count
        .min(64 * MEBIBYTE)
        .default(2048 * MEBIBYTE)
        .describe('Memory of one run, all its processes together.'),
      scratchBytes: count.default(4096 * MEBIBYTE).describe('Files of one run, its outputs among them.'),
    })
    .prefault({})
    .describe('What one run may take.'),
  archives: z
    .strictObject({
      maxFiles: count.default(10_000).describe('Files in one zip: as many as a run may make.'),
      maxUnpackedBytes: count
        .default(4096 * MEBIBYTE)
        .describe('Its files unpacked, all together: as much as a run may write.'),
      maxRatio: z
        .number()
        .min(1)
        .default(200)
        .describe(
          'Unpacked bytes for each packed one. Data shrink to a tenth, empty rasters to a hundredth, bombs to a thousandth.',
        ),
      ratioFromBytes: z
        .int()
        .nonnegative()
        .default(256 * MEBIBYTE)
        .describe('Zips that hold no more than this may have any ratio.'),
    })
    .prefault({})
    .describe('Zips given as inputs. Programs get none that is larger, damaged, or meant to do harm.'),
  builtIn: z
    .strictObject({
      maxWorkers: z
        .int()
        .min(0)
        .max(256)
        .default(0)
        .describe('Runs at once, each in a process of its own; more wait. 0: two for each slot of jobs.'),
      warmWorkers: z
        .int()
        .min(0)
        .max(64)
        .default(2)
        .describe('Processes kept ready: the first run in a new one waits for its start and its libraries.'),
      idleMs: ms
        .default(60_000)
        .describe('A worker that has had nothing to do for so long goes, and its memory with it.'),
      maxInputBytes: count
        .max(512 * MEBIBYTE - 1024)
        .default(256 * MEBIBYTE)
        .describe('One GeoJSON input: it is parsed as a whole, and takes ten times its size in memory.'),
      inlineBytes: count
        .default(MEBIBYTE)
        .describe(
          'Larger outputs are written into the scratch folder instead of being handed over in memory.',
        ),
    })
    .prefault({})
    .describe('The processes that come with gismesh.'),
  commands: z
    .strictObject({
      shipped: z
        .boolean()
        .default(true)
        .describe("Whether GDAL's programs are offered as processes where they are installed."),
      folders: z
        .array(z.string().min(1))
        .max(100)
        .default([])
        .describe(
          'Folders of YAML files that turn programs into processes, besides `processes` in the data folder.',
        ),
      maxRuns: z
        .int()
        .min(0)
        .max(256)
        .default(0)
        .describe('Programs at once; more wait. 0: two for each slot of jobs.'),
      rescanMs: ms
        .default(10_000)
        .describe(
          'Between looks whether programs or descriptions have come, gone or changed: times of some files are read.',
        ),
      pollMs: ms
        .default(200)
        .describe(
          'How often memory, processes and files of a run are counted; a fast disk takes 200 MB in that time.',
        ),
      maxProcesses: count.default(64).describe('Of one run; above any that is not a mistake or an attack.'),
      maxFiles: count.default(10_000).describe('In the scratch folder of one run, all of which are counted.'),
      maxOutputBytes: count
        .default(16 * MEBIBYTE)
        .describe('What a program may write to stdout and stderr together; then it is ended.'),
    })
    .prefault({})
    .describe('Programs of this machine as processes.'),
  qgis: z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .describe('Whether the algorithms of QGIS are offered as processes where it is installed.'),
      program: z
        .string()
        .default('')
        .describe('Name on PATH or absolute path of `qgis_process`. Empty: the usual names.'),
      listDelayMs: ms
        .default(10_000)
        .describe(
          'From the start to the first question to QGIS: a peer that begins has better things to do.',
        ),
      describeTimeoutMs: ms
        .default(120_000)
        .describe(
          'For one answer of QGIS, which takes two seconds, and its first start on a cold disk many.',
        ),
      announceMs: ms
        .default(30_000)
        .describe(
          'Where algorithms are asked for one by one: between two times that the mesh is told of them.',
        ),
    })
    .prefault({})
    .describe('Algorithms of QGIS as processes. Runs are bounded like those of programs.'),
  pywps: z
    .strictObject({
      applications: z
        .array(pywpsApplication)
        .max(50)
        .default([])
        .describe('Applications of PyWPS that this peer hosts; docs/processes.md tells how.'),
      maxRuns: z
        .int()
        .min(0)
        .max(256)
        .default(0)
        .describe('Runs at once; more wait. 0: two for each slot of jobs.'),
      warmHosts: z
        .int()
        .min(0)
        .max(16)
        .default(1)
        .describe('Python processes of an application kept ready: loading it takes a second or many.'),
      idleMs: ms
        .default(600_000)
        .describe('One that has had nothing to do for so long goes, and its memory with it.'),
      startTimeoutMs: ms
        .default(60_000)
        .describe('For loading an application: heavy libraries on a slow disk take half of that.'),
      retryMs: ms
        .default(5000)
        .describe('Before one that cannot be loaded is tried again; twice as long each time.'),
      maxRetryMs: ms.default(600_000).describe('The longest time between two tries.'),
      rescanMs: ms
        .default(15_000)
        .describe('Between looks whether an application was changed: times of its files are read.'),
    })
    .prefault({})
    .describe('Applications of PyWPS as processes. Their runs are counted and bounded as programs are.'),
  sandbox: z
    .strictObject({
      readOnlyFolders: z
        .array(z.string().min(1))
        .max(100)
        .default([])
        .describe(
          'Folders that programs may read besides /usr and /opt, for those that are installed elsewhere.',
        ),
    })
    .prefault({})
    .describe('Bubblewrap, in which programs run.'),
  allowUnsandboxed: z
    .boolean()
    .default(false)
    .describe('Whether programs may run where there is no sandbox, with all that their user may do.'),
});
