import test from 'ava';
import {
  defaultReporting,
  type ExceptionDialect,
  OgcException,
  writeException,
} from '../../src/ogc/exceptions.ts';
import { readXml } from '../../src/ogc/xml-read.ts';
import { limits } from './helpers/service.ts';

function written(dialect: ExceptionDialect) {
  const message = 'There is no <layer> "a&b"\u0001';
  const reporting = defaultReporting(dialect);
  return writeException(new OgcException('LayerNotDefined', message, { locator: 'LAYERS', reporting }));
}

test('WMS 1.1.1', (t) => {
  const { status, contentType, body } = written('wms-1.1.1');
  t.is(status, 400);
  t.is(contentType, 'application/vnd.ogc.se_xml');
  t.is(
    body,
    `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE ServiceExceptionReport SYSTEM "http://schemas.opengis.net/wms/1.1.1/exception_1_1_1.dtd">
<ServiceExceptionReport version="1.1.1">
  <ServiceException code="LayerNotDefined">There is no &lt;layer&gt; &quot;a&amp;b&quot;</ServiceException>
</ServiceExceptionReport>
`,
  );
});

test('WMS 1.3.0', (t) => {
  const { contentType, body } = written('wms-1.3.0');
  t.is(contentType, 'text/xml');
  const report = readXml(body, limits);
  t.is(report.name, 'ServiceExceptionReport');
  t.is(report.attributes.get('version'), '1.3.0');
  t.true(body.includes(' xmlns="http://www.opengis.net/ogc"'));
  const [exception] = report.children;
  t.is(exception?.attributes.get('code'), 'LayerNotDefined');
  t.is(exception?.attributes.get('locator'), 'LAYERS');
  t.is(exception?.text, 'There is no <layer> "a&b"');
});

test('OWS 1.1', (t) => {
  const { contentType, body } = written('ows-1.1');
  t.is(contentType, 'application/xml');
  const [exception] = readXml(body, limits).children;
  t.is(exception?.attributes.get('exceptionCode'), 'LayerNotDefined');
  t.is(exception?.attributes.get('locator'), 'LAYERS');
  t.is(exception?.children[0]?.text, 'There is no <layer> "a&b"');
});

test('plain text, for clients of bare tiles', (t) => {
  t.like(written('plain'), { status: 400, contentType: 'text/plain; charset=utf-8' });
});

test('an exception keeps its status and cause when it is told in another way', (t) => {
  const cause = new Error('engine');
  const error = new OgcException('NoApplicableCode', 'Busy', { httpStatus: 503, cause });
  const retold = error.reportedAs(defaultReporting('ows-1.1'));
  t.is(retold.cause, cause);
  t.is(writeException(retold).status, 503);
  t.is(retold.locator, undefined);
});
