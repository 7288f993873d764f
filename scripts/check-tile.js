// Fetches a tile and fails unless it is a PNG of 256 x 256 pixels.
const url = process.argv[2];
const response = await fetch(url);
const bytes = Buffer.from(await response.arrayBuffer());
const isPng = bytes.subarray(1, 4).toString('latin1') === 'PNG';
if (!response.ok || !isPng || bytes.readUInt32BE(16) !== 256 || bytes.readUInt32BE(20) !== 256) {
  console.error(
    `${url} answered ${response.status}, ${bytes.length} bytes, ${isPng ? 'PNG of another size' : 'no PNG'}`,
  );
  process.exit(1);
}
console.log(`${url}: ${bytes.length} bytes, drawn by ${response.headers.get('x-gismesh-peer')}`);
