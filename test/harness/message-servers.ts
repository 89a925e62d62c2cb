import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** One request that a server of messages got. */
export interface TakenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly atMs: number;
}

export interface Reply {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `hang` never answers, `reset` cuts the connection. */
export type Behaviour = Reply | 'hang' | 'reset';

export const TELEGRAM_OK: Reply = { status: 200, body: '{"ok":true,"result":{"message_id":1}}' };
export const telegramBusy = (sec: number): Reply => ({
  status: 429,
  body: JSON.stringify({
    ok: false,
    error_code: 429,
    description: `Too Many Requests: retry after ${sec}`,
    parameters: { retry_after: sec },
  }),
});
export const SLACK_OK: Reply = { status: 200, body: 'ok' };

/** Takes requests, and answers each as `behaviour` is at that moment. */
export class MessageServer {
  readonly taken: TakenRequest[] = [];
  behaviour: Behaviour;

  private constructor(
    private readonly server: HttpServer,
    behaviour: Behaviour,
  ) {
    this.behaviour = behaviour;
  }

  static async start(behaviour: Behaviour): Promise<MessageServer> {
    const server = createHttpServer((request, response) => {
      void started.#take(request, response);
    });
    const started = new MessageServer(server, behaviour);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return started;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The texts that Slack's form of a message holds. */
  texts(): string[] {
    return this.taken.map(({ body }) => (JSON.parse(body) as { text: string }).text);
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const { method = '', url: path = '', headers } = request;
    this.taken.push({ method, path, headers, body, atMs: performance.now() });
    const { behaviour } = this;
    if (behaviour === 'hang') return;
    if (behaviour === 'reset') request.socket.destroy();
    else response.writeHead(behaviour.status, behaviour.headers).end(behaviour.body ?? '');
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}

/** A server that takes e-mail without TLS, as one on loopback may. */
export class MailServer {
  readonly mails: { readonly to: string[]; readonly data: string }[] = [];
  readonly commands: string[] = [];
  /** The answer to RCPT TO. */
  recipient = '250 OK';

  private constructor(private readonly server: Server) {}

  static async start(host = '127.0.0.1'): Promise<MailServer> {
    const server = createServer((socket) => started.#talk(socket));
    const started = new MailServer(server);
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    return started;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  close(): Promise<unknown> {
    return new Promise((resolve) => this.server.close(resolve));
  }

  #talk(socket: Socket): void {
    let rest = '';
    let data: string[] | undefined;
    let to: string[] = [];
    const say = (line: string): void => void socket.write(`${line}\r\n`);
    socket.on('error', () => undefined);
    say('220 test ESMTP');
    socket.on('data', (chunk) => {
      const lines = (rest + chunk.toString()).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (data !== undefined) {
          if (line !== '.') data.push(line);
          else {
            this.mails.push({ to, data: data.join('\n') });
            [data, to] = [undefined, []];
            say('250 queued');
          }
          continue;
        }
        this.commands.push(line);
        if (line.startsWith('EHLO')) socket.write('250-test\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n');
        else if (line.startsWith('AUTH')) say('235 2.7.0 Authentication successful');
        else if (line.startsWith('MAIL')) say('250 OK');
        else if (line.startsWith('RCPT')) {
          to.push(line.slice('RCPT TO:'.length));
          say(this.recipient);
        } else if (line === 'DATA') {
          data = [];
          say('354 go on');
        } else if (line === 'QUIT') socket.end('221 bye\r\n');
        else say('502 5.5.2 not known');
      }
    });
  }
}
