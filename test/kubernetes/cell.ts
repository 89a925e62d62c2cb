import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureHelm } from '../../scripts/ensure-helm.mjs';
import { type PaperExchange, startPaperExchange } from '../../src/paper-exchange/index.js';
import { ChildProcesses } from '../harness/child-processes.js';
import { UNLIMITED } from '../harness/paper-exchange-process.js';
import { freePorts } from '../harness/ports.js';
import { proposalFields } from '../harness/proposals.js';
import { RedisServer } from '../harness/redis-server.js';
import { tlsConfig, writeCertificate } from '../harness/tls-certificate.js';
import { writeRedisConf } from '../harness/users-file.js';
import { objectsOf, ofKind } from './manifest.js';
import { Pod } from './pod.js';
import { makeSecrets } from './secrets.js';

const CHART = new URL('../../docker/helm/permit-gate', import.meta.url).pathname;
const WITH_TLS = ['--set', 'certificateAuthority.configMap=redis-ca', '--set-string', 'environment.REDIS_TLS=true'];
const WITH_ARCHIVE = ['--set', 'archive.to=files'];

export interface CellOptions {
  /** How many pods of each role. */
  readonly copies: number;
  /** Whether Redis is reached with TLS, as the chart's values can say. */
  readonly tls: boolean;
  readonly position: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** One release of the chart: its pods, and beside them a Redis of docker/redis and the paper exchange. */
export class Cell {
  private constructor(
    readonly pods: readonly Pod[],
    readonly server: RedisServer,
    readonly exchange: PaperExchange,
    /** The volume that all pods share. */
    readonly archive: string,
    private readonly folder: string,
    private readonly secrets: string,
    private readonly processes: ChildProcesses,
  ) {}

  /** Starts the pods; Redis is not started. */
  static async begin({ copies, tls, position, environment = {} }: CellOptions): Promise<Cell> {
    const folder = mkdtempSync(join(tmpdir(), 'permit-gate-pods-'));
    const processes = new ChildProcesses();
    const { made, folderOf } = makeSecrets(folder);
    const sets = ofKind(objectsOf(render(...WITH_ARCHIVE, ...(tls ? WITH_TLS : []))), 'StatefulSet');
    const [plainPort = 0, tlsPort = 0, ...ports] = await freePorts(2 + sets.length * copies);
    const conf = join(folder, 'redis.conf');
    writeRedisConf(conf, join(made, 'redis_users.acl'), folder);
    const certificate = writeCertificate(folder);
    mkdirSync(folderOf('redis-ca'));
    copyFileSync(certificate.cert, join(folderOf('redis-ca'), 'ca.crt'));
    const config = tls ? tlsConfig(tlsPort, certificate) : [];
    const exchange = await startPaperExchange({ port: 0, positions: { BTCUSDT: position }, limits: UNLIMITED });
    const own = {
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: String(tls ? tlsPort : plainPort),
      EXCHANGE_REST_URL: exchange.restUrl,
      ...environment,
    };
    const pods = sets.flatMap((set, index) =>
      Array.from({ length: copies }, (_, ordinal) => {
        const port = ports[index * copies + ordinal] ?? 0;
        return new Pod(set, { ordinal, folder, files: folderOf, port, environment: own, processes });
      }),
    );
    const server = new RedisServer({ file: conf, port: plainPort, config, processes });
    const archive = join(folder, 'permit-gate-archive');
    return new Cell(pods, server, exchange, archive, folder, made, processes);
  }

  pod(name: string): Pod {
    const pod = this.pods.find((each) => each.name === name);
    if (pod === undefined) throw new Error(`there is no pod ${name}`);
    return pod;
  }

  probes(kind: 'livenessProbe' | 'readinessProbe'): Promise<number[]> {
    return Promise.all(this.pods.map((pod) => pod.probe(kind)));
  }

  /** A call as an operator, over the pod of Apply. */
  call(method: string, path: string, body: object): Promise<Response> {
    const token = readFileSync(join(this.secrets, 'operator.token'), 'utf8').trim();
    return fetch(`${this.pod('permit-gate-apply-0').url}/api/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  async propose(action: string, fields: Readonly<Record<string, string>> = {}): Promise<string> {
    const { last_update_epoch: epoch, ...rest } = proposalFields(action, fields);
    const answer = await this.call('POST', 'proposals', {
      symbol: 'BTCUSDT',
      ...rest,
      last_update_epoch: Number(epoch),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`POST /proposals answers ${answer.status}: ${text}`);
    return (JSON.parse(text) as { plan_id: string }).plan_id;
  }

  async close(): Promise<void> {
    await this.processes.killAll();
    await Promise.all([this.exchange.close(), this.server.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What the chart renders with some values. */
export const render = (...values: readonly string[]): string =>
  execFileSync(ensureHelm(), ['template', 'permit-gate', CHART, ...values], { encoding: 'utf8' });
