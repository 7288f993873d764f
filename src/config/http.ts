import { z } from 'zod';

const positiveMs = z.number().positive();
const count = z.int().positive();
const bytes = z.int().positive();

/** The front door: HTTP for browsers and GIS programs. */
export const httpConfig = z.strictObject({
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address of the front door. Each user has one of his own; `0.0.0.0` opens it to the network.'),
  port: z.int().min(0).max(65_535).default(8080).describe('Port of the front door; 0 takes a free one.'),
  allowedHosts: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Names, besides localhost, under which a loopback address may be reached, for a proxy on this machine. Others are refused: a web page could make its own name point here.',
    ),
  allowedOrigins: z
    .array(z.union([z.literal('*'), z.url({ protocol: /^https?$/ })]))
    .default([])
    .describe(
      'Sites, such as `https://maps.example`, whose pages may use the processes here in the browsers of their readers, besides the pages of this machine; `*`: any site. Maps may be shown by any.',
    ),
  trustForwarded: z
    .enum(['loopback', 'always', 'never'])
    .default('loopback')
    .describe(
      'Whose Forwarded and X-Forwarded-* headers decide the URLs in capabilities: of proxies on this machine, of everybody, of nobody.',
    ),
  maxUrlBytes: bytes
    .default(16_384)
    .describe('Longer URLs get 414: room for many layer names; more belongs into a POST.'),
  maxHeaderBytes: bytes
    .default(32_768)
    .describe('Request line and headers together: twice the longest URL leaves room for cookies of a proxy.'),
  maxHeaderCount: count.default(100).describe('Headers looked at per request; browsers send about 15.'),
  maxBodyBytes: bytes
    .default(1_048_576)
    .describe('Posted requests; the largest styled-layer descriptors in use have some 100 kB.'),
  maxProcessBodyBytes: bytes
    .default(33_554_432)
    .describe('Requests posted to /wps and /ogcapi with their inline data: larger data come by reference.'),
  maxHeldBodyBytes: bytes
    .default(134_217_728)
    .describe('Posted bodies of all requests at a time; reading one takes up to four times its size.'),
  maxConnections: count
    .default(1024)
    .describe('Open connections: 6 per browser for a classroom, with room to spare; each costs some 20 kB.'),
  headersTimeoutMs: positiveMs
    .default(10_000)
    .describe('Time to send the headers of a request, against clients that hold connections by slowness.'),
  requestTimeoutMs: positiveMs.default(30_000).describe('Time to send a whole request: 1 MiB at 35 kB/s.'),
  keepAliveTimeoutMs: positiveMs
    .default(65_000)
    .describe('How long an idle connection waits for a next request: longer than the 60 s usual in proxies.'),
  idleSocketTimeoutMs: positiveMs
    .default(120_000)
    .describe('A connection without any traffic for so long is cut: longer than the longest drawing.'),
  mapMaxAgeSeconds: z
    .int()
    .nonnegative()
    .default(30)
    .describe('How long maps are shown without asking: panning back is free, an edited project soon seen.'),
  retryAfterSeconds: count.default(1).describe('What clients are told to wait when all peers are busy.'),
  gzipMinBytes: bytes
    .default(1024)
    .describe('Smaller documents are sent as they are: they fit one packet anyway.'),
  maxRememberedRequests: count
    .default(4096)
    .describe('Map requests remembered by their URL, about 1 kB each, to answer the next equal one faster.'),
  rememberedAnswerBytes: bytes
    .default(4 * 1024 * 1024)
    .describe('Answers to polls of jobs, told again until the job changes: those of some thousand clients.'),
  maxErrorImagePixels: count
    .default(8_388_608)
    .describe(
      'Pictures of error messages, INIMAGE and BLANK: up to a 4k screen, 25 ms to draw; beyond it XML is sent.',
    ),
  maxEventClients: count
    .default(64)
    .describe('Pages listening to live events of maps at once, and as many to those of jobs.'),
  maxQueuedEvents: count
    .default(256)
    .describe('Events waiting for one slow page before it is cut off; it comes back with the whole state.'),
  eventHeartbeatMs: positiveMs
    .default(15_000)
    .describe('A sign of life on quiet event streams: shorter than the idle timeouts of proxies.'),
  jobEventGatherMs: positiveMs
    .default(100)
    .describe(
      'Events of jobs are gathered for so long before pages are told: ten times a second looks live.',
    ),
  maxGatheredJobEvents: count
    .max(200)
    .default(100)
    .describe('Events of jobs told at a time; pages ask for the list anew where there are more.'),
  maxPageBytes: bytes.default(33_554_432).describe('The built page in memory; it has about 2 MB.'),
  maxPageFiles: count.default(500).describe('Files of the built page; it has about 20.'),
});
