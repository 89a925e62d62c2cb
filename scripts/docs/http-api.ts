import 'reflect-metadata';
import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ACCESS_METADATA } from '../../src/ops/access/caller.js';
import { CONTROLLERS } from '../../src/ops/ops.module.js';
import { PROBLEM_KINDS } from '../../src/ops/problem/problem-kinds.js';
import { generatedFrom, table } from './table.js';

/** Where @nestjs/swagger keeps what `@ApiOperation` said. */
const OPERATION_METADATA = 'swagger/apiOperation';

/** The text of `docs/http-api.md`, from the controllers' own decorators. */
export function renderHttpApiPage(): string {
  const routes = CONTROLLERS.flatMap((controller) => routesOf(controller));
  const open = routes.filter(({ access }) => access === 'open');
  return `# HTTP

${generatedFrom('the controllers in src/ops')}

Served on \`HTTP_HOST\` and \`HTTP_PORT\`. \`/docs\` is the interactive page of the same interface, \`/docs-json\` its OpenAPI document.

## Without a token

${table(
  ['call', 'what it answers'],
  [...open.map(({ call, summary }) => [call, summary]), ['`GET /metrics`', 'every metric, see [metrics](metrics.md)']],
)}

## With a token

\`Authorization: Bearer <token>\`. A token's role is \`viewer\`, \`operator\` or \`admin\`; each may do what those before it may. Without
\`ADMIN_TOKENS_FILE\` every call here is refused. Errors are \`application/problem+json\`. A changing call may carry an \`Idempotency-Key\`: its
repetition is answered with the first answer and carried out no second time; where that answer tells a control state that has changed
since, with 409 (\`answer-outdated\`). A call that stops something (engaging the kill switch, disarming,
a hold) is carried out each time, whatever its key.

${table(
  ['call', 'least role', 'what it does'],
  routes.filter(({ access }) => access !== 'open').map(({ call, access, summary }) => [call, access, summary]),
)}

## Problems

The \`type\` of a problem is \`urn:permit-gate:problem:<word>\`, or \`about:blank\` where the status says all. \`detail\` is for people: what was
wrong, with which value, what is allowed, what to do. Further members depend on the type.

${table(
  ['word', 'meaning'],
  Object.entries(PROBLEM_KINDS).map(([kind, meaning]) => [`\`${kind}\``, meaning]),
)}

## Clients

\`docs/openapi.json\` is the same document as \`/docs-json\`: OpenAPI 3.1, linted by Redocly's recommended rules. \`src/client/api.ts\` is a client whose
types are generated from it.
`;
}

interface Route {
  readonly call: string;
  readonly access: string;
  readonly summary: string;
}

function routesOf(controller: Type): Route[] {
  const prototype = controller.prototype as Readonly<Record<string, unknown>>;
  const handlers = Object.getOwnPropertyNames(prototype).map((name) => prototype[name]);
  return handlers.flatMap((handler) => (typeof handler === 'function' ? routeOf(controller, handler) : []));
}

function routeOf(controller: Type, handler: object): Route[] {
  const method: unknown = Reflect.getMetadata(METHOD_METADATA, handler);
  if (typeof method !== 'number') return [];
  const path = [controller, handler].map((part) =>
    String(Reflect.getMetadata(PATH_METADATA, part)).replaceAll(/^\/|\/$/g, ''),
  );
  const said = Reflect.getMetadata(OPERATION_METADATA, handler) as { summary?: string } | undefined;
  const access: unknown =
    Reflect.getMetadata(ACCESS_METADATA, handler) ?? Reflect.getMetadata(ACCESS_METADATA, controller);
  return [
    {
      call: `\`${RequestMethod[method] ?? ''} /${path.filter((part) => part !== '').join('/')}\``,
      access: typeof access === 'string' ? access : 'nobody',
      summary: said?.summary ?? '',
    },
  ];
}
