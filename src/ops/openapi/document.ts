import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { build } from '../../runtime/build.js';
import { ForeignApplyAnswer } from '../control/control.dto.js';
import { PROBLEM_MEDIA_TYPE } from '../problem/problem.js';
import { ProblemAnswer } from '../problem/problem.dto.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

const API = '/api/';
const CHANGING = ['post', 'put', 'delete'] as const;
const TAGS = {
  health: 'Probes of a process; no token is needed',
  access: 'Who calls, and the session of a browser',
  system: 'What runs, how it is configured, how far its streams are',
  control: 'Stopping everything, and starting again',
  plans: 'What was asked for and what became of it',
  positions: 'Exchange against ledger, symbol by symbol, and what keeps a symbol from trading',
  limits: "The Governor's limits, and what is left of them",
  streams: 'Entries that could not be handled',
  audit: 'Who did what, and when',
} as const;

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'A repetition of the call with the same key is answered with the first answer, and carried out no second time. What stops something is carried out each time.',
  schema: { type: 'string', maxLength: 128 },
  example: '7f9c2ba4-e88f-4d0f-9c53-0d2f7c1c7a5e',
} as const;

/** The OpenAPI 3.1 document of the interface, from the decorators of its controllers: a client can be generated from it. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('permit-gate')
    .setDescription(
      'Administration of a two-key execution gate. Errors are application/problem+json (RFC 9457). Times are epoch milliseconds.',
    )
    .setVersion(build().version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/', 'the process that serves this document')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'a token of ADMIN_TOKENS_FILE' });
  for (const [tag, description] of Object.entries(TAGS)) builder.addTag(tag, description);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    operationIdFactory: (controller, method) => operationId(controller, method),
    extraModels: [ProblemAnswer, ForeignApplyAnswer],
  });
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item as Record<string, Operation>))
      complete(path, method, operation);
  }
  Object.assign(document.components?.schemas?.['ProblemAnswer'] ?? {}, { additionalProperties: true });
  return withNull(document) as OpenAPIObject;
}

/** `PositionsController.list` is `positionsList`. */
function operationId(controller: string, method: string): string {
  const name = controller.replace(/Controller$/, '');
  return name.charAt(0).toLowerCase() + name.slice(1) + method.charAt(0).toUpperCase() + method.slice(1);
}

function complete(path: string, method: string, operation: Operation): void {
  const problem = {
    content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/ProblemAnswer' } } },
  };
  operation.responses['4XX'] ??= { description: 'The call was refused, and nothing was done', ...problem };
  operation.responses['5XX'] ??= { description: 'The call failed; `detail` says what is certain', ...problem };
  for (const parameter of operation.parameters ?? []) if ('name' in parameter) parameter.description ??= parameter.name;
  operation.security ??= [];
  if (path.startsWith(API) && CHANGING.includes(method as (typeof CHANGING)[number]))
    operation.parameters = [...(operation.parameters ?? []), { ...IDEMPOTENCY_KEY }];
}

/** `nullable` of OpenAPI 3.0, which Nest's decorators write, in the words of 3.1. */
function withNull(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNull);
  if (value === null || typeof value !== 'object') return value;
  const { nullable, ...rest } = Object.fromEntries<unknown>(
    Object.entries(value).map(([name, member]) => [name, name === 'example' ? member : withNull(member)]),
  );
  if (nullable !== true) return rest;
  const { type, $ref, allOf, oneOf, enum: words, description, example, ...others } = rest;
  const said = { ...(description === undefined ? {} : { description }), ...(example === undefined ? {} : { example }) };
  if (typeof type === 'string')
    return {
      ...said,
      ...others,
      type: [type, 'null'],
      ...(Array.isArray(words) ? { enum: [...(words as unknown[]), null] } : {}),
    };
  const choices = $ref === undefined ? (oneOf ?? allOf) : [{ $ref }];
  return { ...said, ...others, oneOf: [...(choices as unknown[]), { type: 'null' }] };
}
