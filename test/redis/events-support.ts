import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { eventually } from '../harness/eventually.js';

export interface SeenEvent {
  readonly id: string;
  readonly type: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- asserted on member by member
  readonly data: any;
}

export interface ListenOptions {
  readonly token?: string;
  readonly query?: string;
  readonly lastEventId?: string;
}

/** A client of `GET /api/v1/events`: what it has seen, in order. */
export class EventListener {
  readonly events: SeenEvent[] = [];
  readonly comments: string[] = [];
  /** Of the last `id` line, also one without an event. */
  lastEventId: string;
  status = 0;
  isEnded = false;
  raw = '';
  #text = '';
  #response: IncomingMessage | undefined;
  readonly #request: ClientRequest;

  constructor(
    url: string,
    readonly options: ListenOptions = {},
    private readonly onEvent: (event: SeenEvent) => void = () => undefined,
  ) {
    const { token = 'viewer-token-1', query = '', lastEventId } = options;
    this.lastEventId = lastEventId ?? '';
    const headers = {
      authorization: `Bearer ${token}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    };
    this.#request = httpRequest(`${url}/api/v1/events${query}`, { headers, agent: false }, (response) => {
      this.#response = response;
      this.status = response.statusCode ?? 0;
      response.setEncoding('utf8');
      response.on('data', (text: string) => this.#take(text));
      response.on('close', () => (this.isEnded = true));
    });
    this.#request.on('error', () => (this.isEnded = true));
    this.#request.end();
  }

  of(type: string): SeenEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  types(): string[] {
    return this.events.map(({ type }) => type);
  }

  /** Takes nothing from the connection until {@link goOn}. */
  pause(): void {
    this.#response?.pause();
  }

  goOn(): void {
    this.#response?.resume();
  }

  cut(): void {
    this.#request.destroy();
    this.isEnded = true;
  }

  until(type: string, count = 1, withinMs = 8_000): Promise<SeenEvent[]> {
    return eventually(
      () => (this.of(type).length >= count ? this.of(type) : undefined),
      withinMs,
      () => [this.status, this.types().slice(-20), this.comments],
    );
  }

  #take(text: string): void {
    this.raw += text;
    this.#text += text;
    for (let end = this.#text.indexOf('\n\n'); end >= 0; end = this.#text.indexOf('\n\n')) {
      this.#block(this.#text.slice(0, end));
      this.#text = this.#text.slice(end + 2);
    }
  }

  #block(block: string): void {
    const fields = new Map<string, string>();
    for (const line of block.split('\n')) {
      if (line.startsWith(': ')) this.comments.push(line.slice(2));
      const [, name, value] = /^(\w+): (.*)$/.exec(line) ?? [];
      if (name !== undefined) fields.set(name, value ?? '');
    }
    this.lastEventId = fields.get('id') ?? this.lastEventId;
    const data = fields.get('data');
    if (data === undefined) return;
    const event = { id: fields.get('id') ?? '', type: fields.get('event') ?? '', data: JSON.parse(data) as unknown };
    this.events.push(event);
    this.onEvent(event);
  }
}
