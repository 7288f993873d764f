import { z } from 'zod';

/** One setting of a schema, as the documentation and the error messages need it. */
export interface Setting {
  /** Dotted path, e.g. `http.port`. */
  readonly place: string;
  /** What it is for and why it has its default. */
  readonly reason: string;
  readonly default: unknown;
  /** The schema of the value, without its default. */
  readonly type: z.ZodType;
}

/** Every setting below an object schema, in the order of its definition. */
export function settings(schema: z.ZodType, prefix = ''): Setting[] {
  const type = unwrapped(schema);
  if (!(type instanceof z.ZodObject)) {
    return [
      { place: prefix, reason: schema.description ?? '', default: schema.safeParse(undefined).data, type },
    ];
  }
  return Object.entries(type.shape).flatMap(([key, inner]) =>
    settings(inner as z.ZodType, prefix ? `${prefix}.${key}` : key),
  );
}

/** The schema inside defaults and options. */
export function unwrapped(schema: z.ZodType): z.ZodType {
  let type = schema;
  while (type instanceof z.ZodDefault || type instanceof z.ZodPrefault || type instanceof z.ZodOptional) {
    type = type.unwrap() as z.ZodType;
  }
  return type;
}
