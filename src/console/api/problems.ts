import type { ApiSchema } from '../../client/api.js';

/** The gate answered, and said no. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly kind: string,
    /** Of the Retry-After header. */
    readonly retrySec: number | undefined,
    /** All of the problem: some types have members of their own. */
    readonly members: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
  }
}

/** No answer came, or one that is not the gate's: whether the call had an effect is not certain. */
export class NoAnswer extends Error {
  constructor(
    readonly how: 'timeout' | 'connection' | 'foreign',
    options?: ErrorOptions,
  ) {
    super(how, options);
  }
}

const PREFIX = 'urn:permit-gate:problem:';

export function refusalOf(response: Response, body: unknown): Refused | NoAnswer {
  if (body === null || typeof body !== 'object' || !('detail' in body)) {
    return response.status >= 400 && response.status < 500
      ? new Refused(response.status, response.statusText, '', 'about:blank', undefined)
      : new NoAnswer('foreign');
  }
  const { title, detail, type } = body as ApiSchema<'ProblemAnswer'>;
  const retry = Number(response.headers.get('retry-after') ?? Number.NaN);
  const kind = type.startsWith(PREFIX) ? type.slice(PREFIX.length) : type;
  return new Refused(response.status, title, detail, kind, Number.isFinite(retry) ? retry : undefined, { ...body });
}

/** A refusal of the request as such changed nothing; after a fault of the gate or no answer it is not known. */
export const changedNothing = (error: unknown): boolean => error instanceof Refused && error.status < 500;
