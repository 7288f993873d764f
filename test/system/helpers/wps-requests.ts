/** Requests of both versions of WPS, as XML in the forms that clients post them. */

type WpsInput =
  | string
  | { readonly literal: string; readonly uom: string }
  | { readonly box: readonly [lower: string, upper: string]; readonly crs: string }
  | { readonly data: string; readonly mimeType: string; readonly encoding?: string }
  | { readonly href: string };

export type WpsInputs = Readonly<Record<string, WpsInput | readonly string[]>>;

function entries(inputs: WpsInputs): [id: string, input: WpsInput][] {
  return Object.entries(inputs).flatMap(([id, given]) =>
    Array.isArray(given)
      ? given.map((each): [string, WpsInput] => [id, each as string])
      : [[id, given as WpsInput]],
  );
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

interface Form1 {
  /** Attributes of ResponseDocument. */
  readonly document?: string;
  /** Outputs with their attributes. */
  readonly outputs?: Readonly<Record<string, string>>;
  /** An output to be given raw instead. */
  readonly raw?: string;
}

/** Execute of 1.0.0. */
export function execute1(
  process: string,
  inputs: WpsInputs,
  { document = '', outputs = {}, raw }: Form1,
): string {
  const written = entries(inputs).map(
    ([id, input]) => `<wps:Input><ows:Identifier>${id}</ows:Identifier>${input1(input)}</wps:Input>`,
  );
  const wanted = Object.entries(outputs).map(
    ([id, attributes]) => `<wps:Output ${attributes}><ows:Identifier>${id}</ows:Identifier></wps:Output>`,
  );
  const form =
    raw === undefined
      ? `<wps:ResponseDocument ${document}>${wanted.join('')}</wps:ResponseDocument>`
      : `<wps:RawDataOutput><ows:Identifier>${raw}</ows:Identifier></wps:RawDataOutput>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<wps:Execute service="WPS" version="1.0.0" xmlns:wps="http://www.opengis.net/wps/1.0.0"
 xmlns:ows="http://www.opengis.net/ows/1.1" xmlns:xlink="http://www.w3.org/1999/xlink">
 <ows:Identifier>${process}</ows:Identifier>
 <wps:DataInputs>${written.join('\n')}</wps:DataInputs>
 <wps:ResponseForm>${form}</wps:ResponseForm>
</wps:Execute>`;
}

function input1(input: WpsInput): string {
  if (typeof input === 'string')
    return `<wps:Data><wps:LiteralData>${escaped(input)}</wps:LiteralData></wps:Data>`;
  if ('literal' in input) {
    return `<wps:Data><wps:LiteralData uom="${input.uom}">${escaped(input.literal)}</wps:LiteralData></wps:Data>`;
  }
  if ('href' in input) return `<wps:Reference xlink:href="${escaped(input.href)}"/>`;
  if ('box' in input)
    return `<wps:Data><wps:BoundingBoxData crs="${input.crs}">${corners(input.box)}</wps:BoundingBoxData></wps:Data>`;
  return `<wps:Data><wps:ComplexData${formatOf(input)}>${input.data}</wps:ComplexData></wps:Data>`;
}

function corners([lower, upper]: readonly [string, string]): string {
  return `<ows:LowerCorner>${lower}</ows:LowerCorner><ows:UpperCorner>${upper}</ows:UpperCorner>`;
}

function formatOf({ mimeType, encoding }: { readonly mimeType: string; readonly encoding?: string }): string {
  return ` mimeType="${mimeType}"${encoding === undefined ? '' : ` encoding="${encoding}"`}`;
}

interface Form2 {
  readonly mode?: string;
  readonly response?: string;
  /** Outputs with their transmission, which may be followed by further attributes. */
  readonly outputs?: Readonly<Record<string, string>>;
}

/** Execute of 2.0. */
export function execute2(
  process: string,
  inputs: WpsInputs,
  { mode = 'sync', response = 'document', outputs = {} }: Form2,
): string {
  const written = entries(inputs).map(([id, input]) => `<wps:Input id="${id}">${input2(input)}</wps:Input>`);
  const wanted = Object.entries(outputs).map(
    ([id, transmission]) => `<wps:Output id="${id}" transmission="${transmission}"/>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<wps:Execute service="WPS" version="2.0.0" mode="${mode}" response="${response}"
 xmlns:wps="http://www.opengis.net/wps/2.0" xmlns:ows="http://www.opengis.net/ows/2.0"
 xmlns:xlink="http://www.w3.org/1999/xlink">
 <ows:Identifier>${process}</ows:Identifier>
 ${written.join('\n')}${wanted.join('\n')}
</wps:Execute>`;
}

function input2(input: WpsInput): string {
  if (typeof input === 'string')
    return `<wps:Data><wps:LiteralValue>${escaped(input)}</wps:LiteralValue></wps:Data>`;
  if ('literal' in input) {
    return `<wps:Data><wps:LiteralValue uom="${input.uom}">${escaped(input.literal)}</wps:LiteralValue></wps:Data>`;
  }
  if ('href' in input) return `<wps:Reference xlink:href="${escaped(input.href)}"/>`;
  if ('box' in input)
    return `<wps:Data><ows:BoundingBox crs="${input.crs}">${corners(input.box)}</ows:BoundingBox></wps:Data>`;
  return `<wps:Data${formatOf(input)}>${input.data}</wps:Data>`;
}

/** The query of Execute of 1.0.0 with DataInputs and further parameters, which are encoded here. */
export function kvp(process: string, inputs: string, ...more: readonly string[]): string {
  const pairs = [`DataInputs=${inputs}`, ...more].map((pair) => {
    const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    return `${name}=${encodeURIComponent(value)}`;
  });
  return `service=WPS&version=1.0.0&request=Execute&identifier=${process}&${pairs.join('&')}`;
}
