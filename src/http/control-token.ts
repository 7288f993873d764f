import { createHash, timingSafeEqual } from 'node:crypto';

/** Does `Authorization: Bearer <token>` (RFC 6750, section 2.1) carry this token? Takes the same time either way. */
export function bearsToken(authorization: string | null | undefined, token: string): boolean {
  const given = /^Bearer ([\w.~+/=-]{1,512})$/i.exec(authorization ?? '')?.[1];
  if (given === undefined || token === '') return false;
  return timingSafeEqual(digest(given), digest(token));
}

/** Equal lengths for the comparison, whatever was sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
