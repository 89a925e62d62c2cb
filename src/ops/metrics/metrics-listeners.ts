import { createServer, type Server } from 'node:http';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { register } from 'prom-client';
import { Environment } from '../../config/environment.js';
import { ConfigurationError } from '../../config/fault.js';
import type { Role } from '../../config/roles.js';
import { LOGGER, type Logger } from '../../telemetry/logger.js';
import { GateMetrics } from '../../telemetry/metrics.js';

interface WantedPort {
  readonly role: Role;
  readonly variable: string;
  readonly port: number;
}

/** Serves `/metrics` also on the ports of the roles, where dashboards of the separate services expect it. */
@Injectable()
export class MetricsListeners implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #servers: Server[] = [];

  constructor(
    private readonly environment: Environment,
    private readonly metrics: GateMetrics,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Throws {@link ConfigurationError} for a port that is in use or may not be taken. */
  async onApplicationBootstrap(): Promise<void> {
    for (const wanted of this.#wanted()) await this.#listen(wanted);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(
      this.#servers.splice(0).map((server) => {
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        return closed;
      }),
    );
  }

  #wanted(): WantedPort[] {
    const { environment: e } = this;
    const ports: WantedPort[] = [
      { role: 'apply', variable: 'APPLY_METRICS_PORT', port: e.applyMetricsPort },
      { role: 'position-brain', variable: 'P33_METRICS_PORT', port: e.p33MetricsPort },
      { role: 'governor', variable: 'GOV_METRICS_PORT', port: e.govMetricsPort },
    ];
    return ports.filter(({ role, port }) => e.hasRole(role) && port !== 0);
  }

  async #listen({ variable, port, role }: WantedPort): Promise<void> {
    const host = this.environment.httpHost;
    const server = createServer((request, response) => {
      const found = request.method === 'GET' && request.url?.split('?')[0] === '/metrics';
      if (!found) {
        response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Only GET /metrics is served here.\n');
        return;
      }
      this.metrics.render().then(
        (text) => response.writeHead(200, { 'Content-Type': register.contentType }).end(text),
        (error: unknown) => {
          this.logger.error({ err: error }, 'metrics could not be rendered');
          response.writeHead(500).end();
        },
      );
    });
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, resolve);
      });
    } catch (error) {
      throw new ConfigurationError([portFault(variable, host, port, error)]);
    }
    this.#servers.push(server);
    this.logger.info({ role, host, port }, `Metrics on ${host}:${port}/metrics`);
  }
}

function portFault(variable: string, host: string, port: number, error: unknown): ConfigurationError['faults'][number] {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const why = code === 'EADDRINUSE' ? 'another program listens there' : code;
  return {
    variable,
    given: `${port} (${host}: ${why})`,
    allowed: 'a port that is free on HTTP_HOST, or 0 for none',
    remedy: `Choose another port, or set ${variable}=0: GET /metrics on HTTP_PORT serves the same.`,
  };
}
