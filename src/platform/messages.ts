import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { GismeshError } from '../core/errors.ts';

/** Bytes of a message given by its fields. */
export function encodeMessage<D extends DescMessage>(schema: D, fields: MessageInitShape<D>): Uint8Array {
  return toBinary(schema, create(schema, fields));
}

/** Wire type of strings, bytes and messages: their length goes before them. */
const LENGTH_DELIMITED = 2;

/**
 * An encoded message with further `values` of a field of repeated bytes. Fields may come in any order, and many large
 * values are copied but once this way: a writer that grows copies them again and again.
 */
export function withRepeatedBytes(
  message: Uint8Array,
  field: number,
  values: readonly Uint8Array[],
): Uint8Array {
  const tag = (field << 3) | LENGTH_DELIMITED;
  const size = (value: Uint8Array) => varintSize(tag) + varintSize(value.length) + value.length;
  const bytes = new Uint8Array(values.reduce((sum, value) => sum + size(value), message.length));
  bytes.set(message);
  let at = message.length;
  for (const value of values) {
    at = writeVarint(bytes, writeVarint(bytes, at, tag), value.length);
    bytes.set(value, at);
    at += value.length;
  }
  return bytes;
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) size += 1;
  return size;
}

/** Returns where it ends. */
function writeVarint(bytes: Uint8Array, begin: number, value: number): number {
  let at = begin;
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7, at += 1) bytes[at] = (rest & 0x7f) | 0x80;
  bytes[at] = rest;
  return at + 1;
}

/** @throws MESSAGE_MALFORMED when the bytes are not such a message. */
export function decodeMessage<D extends DescMessage>(schema: D, content: Uint8Array): MessageShape<D> {
  try {
    return fromBinary(schema, content);
  } catch (cause) {
    throw new GismeshError('MESSAGE_MALFORMED', `Received bytes that are no ${schema.typeName}.`, { cause });
  }
}
