/** How long a TCP connect to a backend may take: within one host network it takes microseconds, across a lossy one a SYN retry fits. */
export const connectTimeoutMs = 3_000;
/** The first TCP keep-alive probe; finds peers whose host vanished without FIN or RST. */
export const keepAliveDelayMs = 15_000;
/** While a backend is on its way up or down, it is checked this many times as often. */
export const transitionSpeedup = 4;
/** A whole cluster starts together: for its first ten seconds a backend that was never up is checked often. */
export const startupChecks = { everyMs: 200, count: 50 };
/** An HTTP answer to a health check is one word; more than this is not read. */
export const checkBodyBytesMax = 64 * 1024;
/** Half the default file descriptor limit of Node.js on Linux (hard limit 1,048,576 on most; soft 1,024 is raised by Node.js). */
export const connectionsMaxDefault = 10_000;
