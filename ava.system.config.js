/** Real clients and processes, one file at a time: they share the machine's two or more cores. */
export default {
  extensions: ['ts'],
  files: ['test/system/*.ts'],
  concurrency: 1,
  timeout: '10m',
  workerThreads: false,
};
