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

/** @throws MESSAGE_MALFORMED when the bytes are not such a message. */
export function decodeMessage<D extends DescMessage>(schema: D, content: Uint8Array): MessageShape<D> {
  try {
    return fromBinary(schema, content);
  } catch (cause) {
    throw new GismeshError('MESSAGE_MALFORMED', `Received bytes that are no ${schema.typeName}.`, { cause });
  }
}
