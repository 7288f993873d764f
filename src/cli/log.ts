import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

/** Entries for a reader that does not read are dropped beyond this. */
const MAX_BACKLOG_BYTES = 1024 * 1024;

/** What would let a reader of the log into the mesh or steer the peer. */
const SECRETS = ['token', 'invitation', 'words', 'key', 'meshKey', 'privateKey', 'authorization'];

/** Logs to stderr: for people on a terminal, otherwise one JSON object per line. Secrets are left out. */
export function createLog(level: string): Logger {
  const paths = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  return pino({ level, redact: { paths, censor: '[secret]' } }, destination());
}

function destination() {
  if (process.stderr.isTTY)
    return pretty({ destination: 2, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' });
  // Written in the background: a reader that stops reading must not stop the peer.
  const stream = pino.destination({ dest: 2, sync: false, maxLength: MAX_BACKLOG_BYTES });
  stream.on('error', () => {});
  return stream;
}
