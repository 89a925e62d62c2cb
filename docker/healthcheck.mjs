// @ts-check
/**
 * For HEALTHCHECK: exit 0 when the process in this container answers its liveness probe, else 1 with the reason.
 *
 *   node docker/healthcheck.mjs [url]       by default /health/live on HTTP_HOST and HTTP_PORT
 */
const TIMEOUT_MS = 2_000;
const ANY_ADDRESS = new Set(['0.0.0.0', '::', '']);

const given = process.env['HTTP_HOST'] ?? '';
const host = ANY_ADDRESS.has(given) ? '127.0.0.1' : given;
const bracketed = host.includes(':') ? `[${host}]` : host;
const url = process.argv[2] ?? `http://${bracketed}:${process.env['HTTP_PORT'] ?? '8080'}/health/live`;
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`it answers ${response.status}`);
} catch (error) {
  process.stderr.write(`${url}: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
