/** Every bound and choice of the front door; defaults with their reasons stand in `config/http.ts`. */
export interface FrontDoorOptions {
  /** Host names, besides the loopback ones, under which a loopback address may be reached. */
  readonly allowedHosts: readonly string[];
  /** Origins, such as `https://maps.example`, whose pages may use the geoprocessing services; `*`: any. */
  readonly allowedOrigins: readonly string[];
  /** Whose `Forwarded` and `X-Forwarded-*` headers are believed: of proxies on this machine, of all, of none. */
  readonly trustForwarded: 'loopback' | 'always' | 'never';
  readonly maxUrlBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxHeaderCount: number;
  readonly maxBodyBytes: number;
  /** Posted to the geoprocessing services, with inline data. */
  readonly maxProcessBodyBytes: number;
  /** Posted bodies of all requests that are being read and understood. */
  readonly maxHeldBodyBytes: number;
  readonly maxConnections: number;
  /** Time for a client to send all headers of a request. */
  readonly headersTimeoutMs: number;
  /** Time for a client to send a whole request. */
  readonly requestTimeoutMs: number;
  /** How long an idle connection is kept for a next request. */
  readonly keepAliveTimeoutMs: number;
  /** A connection on which nothing moves in either direction for so long is cut. */
  readonly idleSocketTimeoutMs: number;
  /** How long a map may be shown without asking whether it changed. */
  readonly mapMaxAgeSeconds: number;
  /** What a client is told to wait when all peers are busy. */
  readonly retryAfterSeconds: number;
  /** Documents smaller than this are not compressed. */
  readonly gzipMinBytes: number;
  /** Understood map requests that are kept, so that an equal URL is not parsed again. */
  readonly maxRememberedRequests: number;
  /** Of answers to polls of jobs, in memory. */
  readonly rememberedAnswerBytes: number;
  /** Larger pictures of error messages are answered as text. */
  readonly maxErrorImagePixels: number;
  readonly maxEventClients: number;
  /** Events waiting for one slow client before it is dropped. */
  readonly maxQueuedEvents: number;
  readonly eventHeartbeatMs: number;
  /** Events of jobs are gathered for so long. */
  readonly jobEventGatherMs: number;
  /** More of them than this at a time are not told one by one. */
  readonly maxGatheredJobEvents: number;
  /** The built page, held in memory. */
  readonly maxPageBytes: number;
  readonly maxPageFiles: number;
}
