/** RFC 4648 section 6 in lower case without padding: survives case changes, dictation and double clicks. */
export const BASE32_ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

const VALUES = new Map([...BASE32_ALPHABET].map((character, value) => [character, value]));

export function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32_ALPHABET[(held >> (bits - 5)) & 31];
    held &= 0xff;
  }
  if (bits > 0) text += BASE32_ALPHABET[(held << (5 - bits)) & 31];
  return text;
}

/** The bytes of lower-case base32, or undefined when no bytes encode to this text. */
export function decodeBase32(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let written = 0;
  let bits = 0;
  let held = 0;
  for (const character of text) {
    const value = VALUES.get(character);
    if (value === undefined) return undefined;
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[written++] = (held >> bits) & 0xff;
  }
  const canonical = bits < 5 && (held & ((1 << bits) - 1)) === 0;
  return canonical ? bytes : undefined;
}
