import { Body, Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { AuditLog } from '../../redis/stores/audit-log.js';
import { addressOf } from './address.js';
import { Authentication } from './authentication.js';
import { ByCaller, type Caller, Needs, Open } from './caller.js';
import { requestIdOf } from './request-id.js';
import { noSessionCookie, sessionCookie, sessionIdOf } from './session-cookie.js';
import { SessionAnswer, SessionBody, SessionEndedAnswer, WhoamiAnswer } from './session.dto.js';
import { Sessions } from './sessions.js';

@ApiTags('access')
@Controller('api/v1')
export class SessionController {
  constructor(
    private readonly authentication: Authentication,
    private readonly sessions: Sessions,
    private readonly audit: AuditLog,
  ) {}

  @Get('whoami')
  @Needs('viewer')
  @ApiBearerAuth()
  @ApiOkResponse({ type: WhoamiAnswer })
  @ApiOperation({ summary: 'The name and role of the caller' })
  whoami(@ByCaller() { name, role, session }: Caller): WhoamiAnswer {
    const via = session === undefined ? 'token' : 'session';
    return { name, role, via, expires_at_ms: session?.expiresMs ?? null, csrf_token: session?.csrfToken ?? null };
  }

  @Post('session')
  @HttpCode(200)
  @Open()
  @ApiOkResponse({ type: SessionAnswer, description: 'the session is in the cookie that comes with it' })
  @ApiOperation({ summary: 'Signs a browser in: a cookie in the place of a token, with its role, and ended with it' })
  async begin(
    @Body() { token: presented }: SessionBody,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SessionAnswer> {
    const token = this.authentication.tokenOf(request, presented);
    const { id, session } = await this.sessions.begin(presented, token);
    response.setHeader('Set-Cookie', sessionCookie(request, id));
    await this.#note(request, token, 'session.begin');
    return { ...token, expires_at_ms: session.expiresMs, csrf_token: session.csrfToken };
  }

  @Delete('session')
  @Needs('viewer')
  @ApiBearerAuth()
  @ApiOkResponse({ type: SessionEndedAnswer })
  @ApiOperation({ summary: 'Signs the browser out: the session ends in every process' })
  async end(
    @ByCaller() caller: Caller,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SessionEndedAnswer> {
    response.setHeader('Set-Cookie', noSessionCookie(request));
    const id = sessionIdOf(request);
    if (id !== undefined) await this.sessions.end(id);
    await this.#note(request, caller, 'session.end');
    return { ended: true };
  }

  /** Not as other calls are audited: the body is the token. */
  async #note(request: Request, { name, role }: Pick<Caller, 'name' | 'role'>, action: string): Promise<void> {
    await this.audit.record({
      actor: name,
      role,
      address: addressOf(request),
      action,
      target: '',
      reason: '',
      outcome: 'ok',
      request: requestIdOf(request),
    });
  }
}
