import type { LoggerOptions, LogFn, Logger } from 'pino';

/** What may be away. An error that comes from it says so under `outage`. */
export type OutageCause = 'redis' | 'redis-full' | 'exchange';

/** The text of a line when an outage begins (`away`), with what to do (`remedy`), and when it is over (`back`). */
export interface OutageTexts {
  readonly away: string;
  readonly remedy: string;
  readonly back: string;
}

/** An outage is over when nothing failed for this long, or for three times the longest pause between two failures. */
const QUIET_MS = 5_000;
const MOST_QUIET_MS = 120_000;
const SUMMARY_EVERY_MS = 60_000;
const LOOK_EVERY_MS = 1_000;
const WARN = 40;
const FATAL = 60;
const MOST_NAMED = 10;

interface Outage {
  readonly texts: OutageTexts | undefined;
  /** The line's text, where no known cause is behind it. */
  readonly what: string;
  readonly sinceMs: number;
  lastMs: number;
  longestPauseMs: number;
  summaryMs: number;
  count: number;
  /** How often each line was written. */
  readonly lines: Map<string, number>;
}

/**
 * Keeps an outage from filling the log. It looks at every warning and error line that has an `err`:
 * - an error of a known cause (Redis, exchange) writes one line when the outage begins, with what to do, whatever failed;
 * - any other error writes its line once, as long as it repeats without change.
 *
 * Each line itself is still written at level debug. While the outage lasts there is a summary each minute, and one line says when
 * it is over and how long it took.
 */
export class OutageLog {
  readonly hooks: NonNullable<LoggerOptions['hooks']>;
  readonly #open = new Map<string, Outage>();
  #logger: Logger | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly texts: Readonly<Record<OutageCause, OutageTexts>>) {
    const take = (logger: Logger, args: Parameters<LogFn>, level: number): boolean => this.#take(logger, args, level);
    this.hooks = {
      logMethod(args, method, level) {
        if (take(this, args, level)) method.apply(this, args);
        else this.debug(...args);
      },
    };
  }

  /** The logger for the lines that no other line caused. */
  writeTo(logger: Logger): void {
    this.#logger = logger;
  }

  /** Whether the line is written as it is. */
  #take(logger: Logger, [fields, text]: readonly unknown[], level: number): boolean {
    const err = level >= WARN && level < FATAL ? errorIn(fields) : undefined;
    if (err === undefined) return true;
    const what = typeof text === 'string' ? text : err.message;
    const cause = causeOf(err);
    const nowMs = performance.now();
    const key = cause ?? JSON.stringify([what, err.message, subjectOf(fields)]);
    const open = this.#open.get(key);
    if (open !== undefined) {
      open.longestPauseMs = Math.max(open.longestPauseMs, nowMs - open.lastMs);
      open.lastMs = nowMs;
      count(open, what);
      return false;
    }
    const texts = cause === undefined ? undefined : this.texts[cause];
    const begun = { texts, what, sinceMs: nowMs, lastMs: nowMs, summaryMs: nowMs, longestPauseMs: 0, count: 0 };
    const outage: Outage = { ...begun, lines: new Map() };
    count(outage, what);
    this.#open.set(key, outage);
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
    if (texts === undefined) return true;
    logger.warn({ outage: cause, detail: err.message }, `${texts.away} (${what}). ${texts.remedy}`);
    return false;
  }

  #look(): void {
    const nowMs = performance.now();
    for (const [key, outage] of this.#open) {
      const quietMs = Math.min(Math.max(QUIET_MS, 3 * outage.longestPauseMs), MOST_QUIET_MS);
      if (nowMs - outage.lastMs >= quietMs) {
        this.#open.delete(key);
        this.#over(outage, nowMs - outage.lastMs);
      } else if (nowMs - outage.summaryMs >= SUMMARY_EVERY_MS) {
        outage.summaryMs = nowMs;
        this.#lasts(outage, nowMs);
      }
    }
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #lasts({ texts, what, sinceMs, count: failures, lines }: Outage, nowMs: number): void {
    const tail = `since ${seconds(nowMs - sinceMs)} s, ${failures} failures`;
    const text = texts === undefined ? `${what}: still so, ${tail}` : `${texts.away}: ${tail}. ${texts.remedy}`;
    this.#logger?.error({ failures, lines: Object.fromEntries(lines) }, text);
  }

  #over({ texts, what, sinceMs, lastMs, count: failures, lines }: Outage, quietMs: number): void {
    // A single line of another error has said all.
    if (texts === undefined && failures === 1) return;
    const tail = `no failure for ${seconds(quietMs)} s, after ${failures} in ${seconds(lastMs - sinceMs)} s`;
    this.#logger?.warn(
      { failures, lasted_ms: Math.round(lastMs - sinceMs), lines: Object.fromEntries(lines) },
      texts === undefined ? `${what}: over, ${tail}` : `${texts.back}: ${tail}`,
    );
  }
}

function count(outage: Outage, what: string): void {
  outage.count += 1;
  if (outage.lines.has(what) || outage.lines.size < MOST_NAMED)
    outage.lines.set(what, (outage.lines.get(what) ?? 0) + 1);
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(1);

function errorIn(fields: unknown): Error | undefined {
  if (fields instanceof Error) return fields;
  const err: unknown = typeof fields === 'object' && fields !== null && 'err' in fields ? fields.err : undefined;
  return err instanceof Error ? err : undefined;
}

/** What the line is about: the same failure of another plan is another line. */
function subjectOf(fields: unknown): unknown[] {
  if (typeof fields !== 'object' || fields === null) return [];
  return ['plan_id' in fields ? fields.plan_id : '', 'symbol' in fields ? fields.symbol : ''];
}

/** The innermost cause that is known: the exchange is not asked while Redis is away. */
function causeOf(err: Error): OutageCause | undefined {
  const inner = err.cause instanceof Error ? causeOf(err.cause) : undefined;
  if (inner !== undefined) return inner;
  return 'outage' in err ? (err.outage as OutageCause) : undefined;
}
