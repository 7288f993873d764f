/** What scripts may rely on. */
export const ExitCode = {
  done: 0,
  failed: 1,
  /** The command line itself is wrong: an unknown option, a value out of range. */
  wrongUsage: 2,
  noPeerRunning: 3,
  /** By Ctrl+C or another signal, where that is not the usual end; as shells number it. */
  interrupted: 130,
} as const;

export const EXIT_CODES_HELP = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no peer running there.
Documentation: docs/cli.md, docs/configuration.md`;
