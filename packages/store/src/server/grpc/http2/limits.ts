/** The largest frame that peers may send: the protocol's default, which no gRPC client needs more than. */
export const frameBytesMax = 16_384;

/** Streams of one connection that may be under way. etcd sets no limit; this one bounds memory at some 1 KB a stream. */
export const concurrentStreamsMax = 20_000;

/** What peers may keep in the table that decodes their headers: the protocol's default. */
export const headerTableBytesMax = 4_096;

/** Headers of a request once decoded, as RFC 9113 §6.5.2 counts them. Real ones have less than 1 KB. */
export const headerListBytesMax = 64 * 1024;

/** Headers of a request before decoding, in all the frames that carry them: no list within its limit needs more. */
export const headerBlockBytesMax = 64 * 1024;

/** Frames that may carry the headers of one request; full ones reach `headerBlockBytesMax` long before. */
export const continuationFramesMax = 32;

/** What peers may send on a stream before the server asks for more: the protocol's default. */
export const streamWindowBytes = 65_535;

/** What peers may send on a connection before the server asks for more; it asks each time half of it has come. */
export const connectionWindowBytes = 8 * 1024 * 1024;

/**
 * Large messages that may be on their way on one connection, beyond `streamWindowBytes` each. Streams with more to
 * send wait for each other, so that what a connection buffers is bounded; several of the largest requests fit.
 */
export const largeMessagesBytesMax = 16 * 1024 * 1024;

/**
 * Frames that make the server work and say nothing (resets, empty data, unknown types …) which a peer may send within
 * `uselessFramesPeriodMs`; more are an attack (CVE-2019-9512 and its kin, CVE-2023-44487). A client that cancels
 * every request it makes stays below.
 */
export const uselessFramesMax = 20_000;
export const uselessFramesPeriodMs = 10_000;

/** Streams that the server ended before the client did, which are remembered because frames may still be on their way. */
export const endedEarlyMax = 1_000;

/** Unsent bytes of a stream, and of its connection, beyond which the stream's source is told to wait. */
export const streamBufferedBytesMax = 1024 * 1024;
export const connectionBufferedBytesMax = 4 * 1024 * 1024;

/** Unsent bytes of a connection beyond which nothing more is read from it: a peer that asks and does not listen. */
export const connectionUnsentBytesMax = 8 * 1024 * 1024;

/** Answers of a connection that wait for its peer's windows; beyond it, new requests are refused. */
export const connectionQueuedBytesMax = 64 * 1024 * 1024;

/** How long a closing server waits for the requests under way. */
export const goAwayGraceMs = 1_000;
