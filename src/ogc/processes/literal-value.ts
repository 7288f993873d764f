import { readBoolean, readInteger, readNumber } from '../values.ts';
import type { JsonValue, LiteralValue } from './execute-request.ts';
import { ProcessError, quote } from './problem.ts';
import type { AllowedRange, LiteralData, LiteralType } from './process-description.ts';

/** Checks a literal and gives it in canonical form, its unit filled in. Throws `ProcessError` naming the input. */
export function validLiteral(id: string, value: LiteralValue, data: LiteralData): LiteralValue {
  const text = canonicalLiteral(value.value, data.dataType);
  if (text === undefined) {
    throw invalid(id, `${quote(value.value)} is no ${data.dataType}`);
  }
  if (!isAllowed(text, data)) throw invalid(id, `${quote(text)} is not allowed; ${allowedWords(data)}`);
  return { kind: 'literal', value: text, dataType: data.dataType, uom: validUnit(id, value.uom, data) };
}

function invalid(id: string, reason: string): ProcessError {
  return new ProcessError('input-invalid', `Input ${quote(id)}: ${reason}`, id);
}

function validUnit(id: string, uom: string, { units }: LiteralData): string {
  if (uom === '' || units.length === 0) return units[0] ?? '';
  const found = units.find((unit) => unit.toLowerCase() === uom.toLowerCase());
  if (found === undefined) throw invalid(id, `unit ${quote(uom)} is not one of ${units.join(', ')}`);
  return found;
}

/** The canonical lexical form of XML Schema part 2, near enough to compare; undefined for what is none. */
export function canonicalLiteral(text: string, dataType: LiteralType): string | undefined {
  const trimmed = text.trim();
  switch (dataType) {
    case 'string':
      return text;
    case 'integer':
      return readInteger(trimmed)?.toString();
    case 'double':
      return readNumber(trimmed)?.toString();
    case 'boolean':
      return readBoolean(trimmed)?.toString();
    case 'anyURI':
      return /^\S+$/.test(trimmed) ? trimmed : undefined;
    default:
      return isTemporal(trimmed, dataType) ? trimmed : undefined;
  }
}

const ZONE = '(?:Z|[+-](?:0\\d|1[0-4]):[0-5]\\d)?';
const DATE = '(\\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])';
const TIME = '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?';
const TEMPORAL = {
  date: new RegExp(`^${DATE}${ZONE}$`),
  time: new RegExp(`^${TIME}${ZONE}$`),
  dateTime: new RegExp(`^${DATE}T${TIME}${ZONE}$`),
} as const;

function isTemporal(text: string, dataType: 'date' | 'time' | 'dateTime'): boolean {
  const match = TEMPORAL[dataType].exec(text);
  if (!match) return false;
  const [, year, month, day] = match;
  return day === undefined || Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
}

function isAllowed(text: string, data: LiteralData): boolean {
  if (data.allowedValues.length === 0 && data.allowedRanges.length === 0) return true;
  const fits = (allowed: string) => canonicalLiteral(allowed, data.dataType) === text || allowed === text;
  return (
    data.allowedValues.some(fits) || data.allowedRanges.some((range) => isWithin(text, range, data.dataType))
  );
}

function isWithin(text: string, { minimum, maximum, closure }: AllowedRange, dataType: LiteralType): boolean {
  const value = position(text, dataType);
  const low = minimum === undefined ? -Infinity : position(minimum, dataType);
  const high = maximum === undefined ? Infinity : position(maximum, dataType);
  const aboveLow = closure === 'closed' || closure === 'closed-open' ? value >= low : value > low;
  const belowHigh = closure === 'closed' || closure === 'open-closed' ? value <= high : value < high;
  return aboveLow && belowHigh;
}

/** A number that orders the values of a type; text has no order, and so is within no range. */
function position(text: string, dataType: LiteralType): number {
  switch (dataType) {
    case 'integer':
    case 'double':
      return Number(text);
    case 'date':
    case 'dateTime':
      return Date.parse(text.replace(/^(\d{4}-\d\d-\d\d)(Z|[+-].*)$/, '$1T00:00:00$2'));
    case 'time':
      return Date.parse(`1970-01-01T${text}`);
    default:
      return Number.NaN;
  }
}

function allowedWords({ allowedValues, allowedRanges }: LiteralData): string {
  const ranges = allowedRanges.map(({ minimum, maximum, closure }) => {
    const open = closure === 'closed' || closure === 'closed-open' ? '[' : '(';
    const close = closure === 'closed' || closure === 'open-closed' ? ']' : ')';
    return `${open}${minimum ?? '-∞'}, ${maximum ?? '∞'}${close}`;
  });
  return `use one of: ${[...allowedValues.slice(0, 20), ...ranges.slice(0, 10)].join(', ')}`;
}

/** A literal as JSON has it: numbers and booleans as such. */
export function literalJson({ value, dataType }: LiteralValue): JsonValue {
  if (dataType === 'integer' || dataType === 'double') return readNumber(value) ?? value;
  if (dataType === 'boolean') return readBoolean(value) ?? value;
  return value;
}
