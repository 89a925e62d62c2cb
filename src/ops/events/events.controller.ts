import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Environment, redactionOf } from '../../config/environment.js';
import { Authentication } from '../access/authentication.js';
import { Needs } from '../access/caller.js';
import { problem, ProblemException } from '../problem/problem.js';
import { shownText } from '../shown-answers.js';
import type { Beginning } from './catch-up.js';
import { EventClient } from './event-client.js';
import { EventHub } from './event-hub.js';
import { placeOf } from './event-id.js';
import { EVENT_CLASSES } from './events.dto.js';
import { EventsQuery } from './events-query.dto.js';

const RETRY_AFTER_SEC = 5;
/** Of a call that does not follow and names no number. */
const LAST = 50;
const NOWHERE = { positions: { plans: '0-0', permits: '0-0', results: '0-0', control: '0-0' }, fleet: '' };

@ApiTags('events')
@ApiBearerAuth()
@ApiExtraModels(...EVENT_CLASSES)
@Controller('api/v1/events')
export class EventsController {
  readonly #shown: (json: string) => string;

  constructor(
    private readonly hub: EventHub,
    private readonly authentication: Authentication,
    @Inject(Environment) environment: Environment,
  ) {
    this.#shown = shownText(redactionOf(environment));
  }

  @Get()
  @Needs('viewer')
  @ApiOperation({
    operationId: 'events',
    summary: 'What happens, as server-sent events: plans, permits, orders, results, control, holds, fleet',
    description:
      'Every event at least once, over reconnects with Last-Event-ID too, also to another process of the deployment. `id` is the place to go on from, `event` the type, `data` the JSON of one of the schemas.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'the id of the last event that was read' })
  @ApiOkResponse({
    description: 'a stream of events that ends when the client or the process does',
    content: {
      'text/event-stream': { schema: { oneOf: EVENT_CLASSES.map((each) => ({ $ref: getSchemaPath(each) })) } },
    },
  })
  events(@Query() query: EventsQuery, @Req() request: Request, @Res() response: Response): void {
    if (this.hub.isFull) throw full();
    const given = request.get('last-event-id');
    const place = given === undefined ? undefined : placeOf(given);
    const filter = {
      symbols: query.symbol === undefined ? undefined : new Set(query.symbol),
      types: query.type === undefined ? undefined : new Set(query.type),
    };
    const mayStay = (): Promise<boolean> => this.authentication.stillHolds(request);
    const client = new EventClient(response, this.#shown, filter, place ?? NOWHERE, mayStay);
    client.open();
    this.hub.add(client, beginningOf(query, given !== undefined, place !== undefined));
  }
}

function beginningOf({ last, follow }: EventsQuery, isBack: boolean, hasPlace: boolean): Beginning {
  if (isBack) return { kind: hasPlace ? 'at its place' : 'lost its place' };
  const follows = follow !== 'false';
  return { kind: 'new', last: last ?? (follows ? 0 : LAST), follows };
}

function full(): ProblemException {
  const { problem: found } = problem(
    503,
    'too-many-event-streams',
    'Too many event streams',
    `This process serves as many event streams as it may. Close one, call another process, or wait ${RETRY_AFTER_SEC} s.`,
  );
  return new ProblemException(found, { 'Retry-After': String(RETRY_AFTER_SEC) });
}
