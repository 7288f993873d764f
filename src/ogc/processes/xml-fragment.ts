import { XMLValidator } from 'fast-xml-parser';

/**
 * Whether text is one well-formed element and nothing more, so that it can stand within another document: without a
 * DTD, whose entities would not be known there.
 */
export function isOneElement(text: string): boolean {
  return !/<!(?:DOCTYPE|ENTITY)/i.test(text) && !/^<\?/.test(text) && XMLValidator.validate(text) === true;
}
