import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAdminToken } from '../harness/admin-token.js';
import { PAPER_KEYS, PaperExchangeProcess } from '../harness/paper-exchange-process.js';
import { RedisServer } from '../harness/redis-server.js';
import type { TempResources } from '../harness/temp-resources.js';
import { Deployment } from './deployment.js';
import { POSITIONS, type Scene, SETTINGS } from './scene.js';
import { burst } from './scenes/burst.js';
import { cooldown } from './scenes/cooldown.js';
import { executed } from './scenes/executed.js';
import { killSwitch } from './scenes/kill-switch.js';
import { MEDIAN_TARGET_MS } from './scenes/latency.js';
import { mismatch } from './scenes/mismatch.js';
import { stale, SYMBOLS_WITHOUT_GOVERNOR, timeout, WITHOUT_GOVERNOR } from './scenes/without-governor.js';
import { Stage } from './stage.js';

const SYMBOLS = Object.keys(POSITIONS).filter((symbol) => !SYMBOLS_WITHOUT_GOVERNOR.includes(symbol));
const READY_TARGET_SEC = 5;
const MEMORY_TARGET_MB = 200;

/** A figure and its upper target; `null` where the system does not provide it. */
export interface Measured {
  readonly name: string;
  readonly value: number | null;
  readonly unit: string;
  readonly target: number;
}

export interface ScenePlayed {
  readonly title: string;
  readonly holds: boolean;
  readonly facts: readonly string[];
  readonly failure: string;
  readonly tookMs: number;
}

export interface DemoOutcome {
  readonly holds: boolean;
  readonly scenes: readonly ScenePlayed[];
  readonly figures: readonly Measured[];
  readonly settings: Readonly<Record<string, string>>;
  readonly url: string;
  readonly tokenFile: string;
  readonly planId: string;
}

/** Where the demo reports what it is doing. */
export interface Narrator {
  starting(what: string): void;
  settings(settings: Readonly<Record<string, string>>): void;
  scene(number: number, title: string): void;
  fact(text: string): void;
  failure(text: string): void;
}

/** Builds the whole system in the folder of `resources` and plays every scene in it. It runs until they are released. */
export async function playDemo(resources: TempResources, narrator: Narrator): Promise<DemoOutcome> {
  const { folder, processes } = resources;
  narrator.starting('a private Redis with an append-only file, on a unix socket');
  const redis = await new RedisServer({ processes, folder: join(folder, 'redis'), fsync: 'everysec' }).start();
  narrator.starting('the paper exchange');
  const exchange = await PaperExchangeProcess.start({ positions: POSITIONS }, folder, { processes });
  const { token, tokensFile } = createAdminToken(folder, 'demo');
  const tokenFile = join(folder, 'admin.token');
  writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
  const variables = variablesFor(folder, redis.socketPath, exchange.restUrl, tokensFile);
  const start = (
    name: string,
    symbols: readonly string[],
    own: Readonly<Record<string, string>>,
  ): Promise<Deployment> =>
    Deployment.start(resources, name, { ...variables, ...own, APPLY_ALLOWLIST: symbols.join(',') }, symbols, token);
  narrator.starting('permit-gate with all roles, in testnet mode');
  const gate = await start('permit-gate', SYMBOLS, SETTINGS);
  narrator.settings(SETTINGS);
  const stage = new Stage(gate, exchange, (text) => narrator.fact(text));
  const alone = { ...SETTINGS, ...WITHOUT_GOVERNOR, REDIS_KEY_PREFIX: 'without-governor:' };
  const scenes = await playAll(stage, () => start('without-governor', SYMBOLS_WITHOUT_GOVERNOR, alone), narrator);
  const figures = measured(gate, stage);
  const planId = await planToLookAt(gate);
  await gate.unwatch();
  return {
    holds: scenes.every(({ holds }) => holds),
    scenes,
    figures,
    settings: SETTINGS,
    url: gate.url,
    tokenFile,
    planId,
  };
}

async function playAll(
  stage: Stage,
  startAlone: () => Promise<Deployment>,
  narrator: Narrator,
): Promise<ScenePlayed[]> {
  const played: ScenePlayed[] = [];
  const play = async (scene: Scene): Promise<boolean> => {
    narrator.scene(played.length + 1, scene.title);
    const outcome = await playOne(scene, stage, narrator);
    played.push(outcome);
    return outcome.holds;
  };
  for (const scene of [executed, cooldown, mismatch, burst, killSwitch]) if (!(await play(scene))) return played;
  const given = Object.entries(WITHOUT_GOVERNOR).map(([name, value]) => `${name}=${value}`);
  narrator.starting(
    `a second permit-gate without a Governor, on a key prefix and symbols of its own (${given.join(', ')})`,
  );
  const alone = await startAlone();
  narrator.fact(
    `It trades ${SYMBOLS_WITHOUT_GOVERNOR.join(' and ')}; the first one would keep it from starting with others.`,
  );
  for (const scene of [timeout(() => alone), stale(() => alone)]) if (!(await play(scene))) break;
  await alone.stop();
  return played;
}

async function playOne(scene: Scene, stage: Stage, narrator: Narrator): Promise<ScenePlayed> {
  const startedMs = performance.now();
  const facts: string[] = [];
  const recording = new Stage(stage.gate, stage.exchange, (text) => {
    facts.push(text);
    stage.report(text);
  });
  const finished = (failure: string): ScenePlayed => ({
    title: scene.title,
    holds: failure === '',
    facts,
    failure,
    tookMs: Math.round(performance.now() - startedMs),
  });
  try {
    await scene.play(recording);
    if (!Number.isNaN(recording.figures.medianWaitMs)) stage.figures.medianWaitMs = recording.figures.medianWaitMs;
    return finished('');
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    narrator.failure(`${failure}\n\nThe end of the log:\n${stage.gate.lastLines()}`);
    return finished(failure);
  }
}

function measured(gate: Deployment, { figures }: Stage): Measured[] {
  return [
    {
      name: 'published to claimed, median',
      value: Number.isNaN(figures.medianWaitMs) ? null : figures.medianWaitMs,
      unit: 'ms',
      target: MEDIAN_TARGET_MS,
    },
    {
      name: 'from start to ready',
      value: Math.round(gate.readyAfterMs / 10) / 100,
      unit: 's',
      target: READY_TARGET_SEC,
    },
    { name: 'resident memory of the process', value: gate.residentMb() ?? null, unit: 'MB', target: MEMORY_TARGET_MB },
  ];
}

/** The executed plan with the most attempts: its trace shows the most. */
async function planToLookAt({ api }: Deployment): Promise<string> {
  const query = { state: ['FILLED' as const], limit: 50 };
  const { plans = [] } = await api.ask((calls) => calls.GET('/api/v1/plans', { params: { query } }));
  return plans.toSorted((a, b) => (b.attempt ?? 0) - (a.attempt ?? 0))[0]?.plan_id ?? '';
}

function variablesFor(
  folder: string,
  redisSocket: string,
  exchangeUrl: string,
  tokensFile: string,
): Readonly<Record<string, string>> {
  const config = join(folder, 'config');
  mkdirSync(config);
  return {
    APPLY_MODE: 'testnet',
    REDIS_URL: `unix://${redisSocket}`,
    EXCHANGE_REST_URL: exchangeUrl,
    ...PAPER_KEYS,
    ADMIN_TOKENS_FILE: tokensFile,
    P33_METRICS_PORT: '0',
    CONFIG_DIR: config,
  };
}
