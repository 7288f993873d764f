// A process that locks and publishes a data folder until it is killed. Arguments: folder, HTTP port.
import { DataDir } from '../../../src/data/data-dir.ts';

const [folder, port] = process.argv.slice(2) as [string, string];
const data = await DataDir.open(folder);
await data.lock();
await data.publish({ url: `http://127.0.0.1:${port}`, token: 'secret', peerId: 'peer-a', startedAt: 1 });
process.stdout.write('published\n');
setInterval(() => {}, 1000);
