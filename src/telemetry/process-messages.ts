import type { LogOutput } from './log-output.js';
import type { Logger } from './logger.js';
import type { GateMetrics } from './metrics.js';

const EXIT_FAILED = 1;

/**
 * Turns everything that the process prints into lines of its log: what packages write to standard output or standard
 * error, Node's warnings, and an error that nobody caught, with which the process ends as it would have without this. Node
 * itself would write them to a descriptor that can block the process. Returns a function that gives standard
 * output and standard error back, for the last message of a command. `lastWords` is called before an end by an error.
 */
export function logProcessMessages(logger: Logger, lastWords: (detail: string) => void = () => undefined): () => void {
  // The listener that prints warnings is Node's own.
  process.removeAllListeners('warning');
  process.on('warning', (warning) => logger.warn({ err: warning }, String(warning)));
  process.on('uncaughtException', (error: unknown) => {
    const detail = error instanceof Error ? error.message : String(error);
    logger.fatal({ err: error }, `ended by an uncaught error: ${detail}`);
    lastWords(detail);
    process.exit(EXIT_FAILED);
  });
  const restore = (['stdout', 'stderr'] as const).map((name) => logPrinted(name, logger));
  return () => restore.forEach((each) => each());
}

function logPrinted(name: 'stdout' | 'stderr', logger: Logger): () => void {
  const stream = process[name];
  const write = stream.write.bind(stream);
  stream.write = (text: string | Uint8Array, ...rest: unknown[]): boolean => {
    const printed = (typeof text === 'string' ? text : Buffer.from(text).toString()).trimEnd();
    if (printed !== '') logger.warn({ printed_on: name }, printed);
    const done = rest.find((argument) => typeof argument === 'function');
    if (done !== undefined) process.nextTick(done);
    return true;
  };
  return () => (stream.write = write);
}

/** Keeps `log_lines_dropped_total` equal to what `output` dropped, from its beginning. */
export function countDroppedLines(output: LogOutput, metrics: GateMetrics): void {
  let counted = 0;
  metrics.beforeScrape(() => {
    metrics.logLinesDropped.inc(output.droppedTotal - counted);
    counted = output.droppedTotal;
  });
}
