import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { PrometheusController } from '@willsoto/nestjs-prometheus';
import type { Response } from 'express';
import { register } from 'prom-client';
import { GateMetrics } from '../../telemetry/metrics.js';
import { Open } from '../access/caller.js';

/** `GET /metrics`: every gauge is brought up to date first. */
@ApiExcludeController()
@Open()
@Controller()
export class MetricsController extends PrometheusController {
  constructor(private readonly metrics: GateMetrics) {
    super();
  }

  @Get()
  override async index(@Res({ passthrough: true }) response: Response): Promise<string> {
    response.set('Content-Type', register.contentType);
    return this.metrics.render();
  }
}
