import type { RequestedInput } from '../../../../src/ogc/processes/execute-request.ts';
import { formatOf } from '../../../../src/ogc/processes/process-description.ts';
import { GML } from './echo.ts';

const format = formatOf('');

/** An input of each kind that `echo` takes. */
export const everyInput: RequestedInput[] = [
  { id: 'text', value: { kind: 'literal', value: 'a <b> & "c"', dataType: '', uom: '' } },
  { id: 'distance', value: { kind: 'literal', value: '2.5', dataType: '', uom: 'km' } },
  { id: 'box', value: { kind: 'bbox', crs: 'epsg:4326', lower: [1, 2, 3], upper: [4, 5, 6] } },
  { id: 'geometry', value: { kind: 'complex', data: GML, format: formatOf('text/xml; subtype=gml/3.1.1') } },
  {
    id: 'geometry',
    value: {
      kind: 'reference',
      href: 'https://example.org/wfs?a=1&b=2',
      method: 'POST',
      headers: [['Accept', 'application/json']],
      body: '<GetFeature/>',
      format,
    },
  },
  { id: 'names', value: { kind: 'job', job: 'a/b', output: 'text & more', format } },
];
