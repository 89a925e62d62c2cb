import 'reflect-metadata';
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import type { INestApplication } from '@nestjs/common';
import { AppModule } from './app.module.js';
import { type Environment, redactionOf } from './config/environment.js';
import { loadAdminTokens } from './ops/access/admin-tokens.js';
import { tooFewApprovers } from './ops/access/approvers.js';
import { configureHttp } from './ops/configure-http.js';
import { sendLastWords } from './ops/notify/last-words.js';
import { outageTexts } from './runtime/outage-texts.js';
import { StartRefused } from './runtime/start-refused.js';
import { StartupState } from './runtime/startup-state.js';
import { Supervisor } from './runtime/supervisor.js';
import type { LogOutput } from './telemetry/log-output.js';
import { createLog, type Logger, NestLogger } from './telemetry/logger.js';
import { GateMetrics } from './telemetry/metrics.js';
import { OutageLog } from './telemetry/outage-log.js';
import { countDroppedLines, logProcessMessages } from './telemetry/process-messages.js';

const EXIT_OK = 0;
const EXIT_FAILED = 1;
const EXIT_CONFIGURATION = 78;

const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** The roles stop within this time; with {@link HTTP_GRACE_MS} a process ends within 10 s of its signal. */
const ROLES_GRACE_MS = 8_500;
/** How long calls that are being answered may take once the roles have stopped. Then every connection is cut. */
const HTTP_GRACE_MS = 1_000;

/** Runs the roles of `environment` until a stop signal. Resolves with the exit code; a second signal ends at once. */
export async function serve(environment: Environment): Promise<number> {
  const { logger, output } = await createLog({
    level: environment.logLevel,
    format: environment.logFormat,
    base: { instance: environment.instanceId },
    outages: new OutageLog(outageTexts(environment)),
    redaction: redactionOf(environment),
  });
  const giveBack = logProcessMessages(logger, (detail) => sendLastWords(environment, detail));
  try {
    return await serveLogged(environment, logger, output);
  } finally {
    giveBack();
  }
}

async function serveLogged(environment: Environment, logger: Logger, output: LogOutput): Promise<number> {
  const tokens = loadAdminTokens(environment.adminTokensFile);
  for (const { text, remedy } of [...environment.notices, ...tooFewApprovers(environment, tokens)])
    logger.warn(`${text} ${remedy}`);
  const app = await NestFactory.create(AppModule.forRoot(environment, logger), {
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  countDroppedLines(output, app.get(GateMetrics, { strict: false }));
  configureHttp(app, environment);
  const stopped = new Promise<'stopped'>((resolve) => {
    for (const signal of STOP_SIGNALS) process.once(signal, () => resolve('stopped'));
  });
  // Health answers from the first moment, and says what the start is waiting for.
  await app.listen(environment.httpPort, environment.httpHost);
  logger.info(
    { host: environment.httpHost, port: environment.httpPort, roles: [...environment.roles] },
    'HTTP listening',
  );
  return run(app, stopped, logger);
}

async function run(app: INestApplication, stopped: Promise<'stopped'>, logger: Logger): Promise<number> {
  const supervisor = app.get(Supervisor, { strict: false });
  let exitCode = EXIT_OK;
  try {
    const ended = await Promise.race([supervisor.start(), stopped]);
    if (ended !== 'stopped') await Promise.race([stopped, supervisor.refusedLater]);
    logger.info('stopping');
  } catch (error) {
    exitCode = error instanceof StartRefused ? EXIT_CONFIGURATION : EXIT_FAILED;
    const detail = error instanceof Error ? error.message : String(error);
    app.get(StartupState, { strict: false }).set('refused', detail);
    logger.fatal({ err: error }, `start refused: ${detail}`);
  }
  const inTime = await within(ROLES_GRACE_MS, supervisor.stop());
  if (!inTime)
    logger.warn(
      `the roles did not stop within ${ROLES_GRACE_MS} ms; what they left is taken over after the next start`,
    );
  await closeHttp(app);
  logger.info({ exit_code: exitCode }, 'stopped');
  return exitCode;
}

/** Closing the server waits for every connection, also for one that sent nothing or half a request. */
async function closeHttp(app: INestApplication): Promise<void> {
  const server = app.getHttpServer() as Server;
  const cut = setTimeout(() => server.closeAllConnections(), HTTP_GRACE_MS);
  await within(2 * HTTP_GRACE_MS, app.close());
  clearTimeout(cut);
}

/** Whether `work` ended within `ms`; it goes on if not. */
async function within(ms: number, work: Promise<void>): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(ms, false, { signal: timer.signal }).catch(() => false);
  const ended = await Promise.race([work.then(() => true), late]);
  timer.abort();
  return ended;
}
