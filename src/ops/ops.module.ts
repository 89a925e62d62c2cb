import { type DynamicModule, Module, type Provider, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { CellsModule } from '../cells/cells.module.js';
import type { Environment } from '../config/environment.js';
import { ResultStream } from '../redis/streams/result-stream.js';
import { ForeignPlans } from '../redis/stores/foreign-plans.js';
import { LostOrderEvidence } from '../exchange/order-evidence.js';
import { type Logger, LOGGER } from '../telemetry/logger.js';
import { tokensOf } from './access/admin-tokens.js';
import { TokensFile } from './access/tokens-file.js';
import { Authentication } from './access/authentication.js';
import { SessionController } from './access/session.controller.js';
import { Sessions } from './access/sessions.js';
import { RoleGuard } from './access/role.guard.js';
import { HistoryController } from './history/history.controller.js';
import { MetricHistory } from './history/metric-history.js';
import { ArchiveController } from './archive/archive.controller.js';
import { ArchiveReport } from './archive/archive-report.js';
import { ArchivedPlans } from './archive/archived-plans.js';
import { ArchiveSettings } from './archive/archive-settings.js';
import { Archiver } from './archive/archiver.js';
import { ActionInterceptor } from './audit/action.interceptor.js';
import { ApprovalsController } from './approvals/approvals.controller.js';
import { PlanApproval } from './approvals/plan-approval.js';
import { AuditController } from './audit/audit.controller.js';
import { RefusalAudit } from './audit/refusal-audit.js';
import { AllowlistController } from './control/allowlist.controller.js';
import { ClaimedOrders } from './control/claimed-orders.js';
import { CellsController } from './cells/cells.controller.js';
import { ControlController } from './control/control.controller.js';
import { ForeignApplies } from './control/foreign-apply.js';
import { KillSwitch } from './control/kill-switch.service.js';
import { Suspensions } from './control/suspensions.js';
import { TradingInstances } from './control/trading-instances.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { DeadLetterSettler } from './dead-letters/dead-letter-settlement.js';
import { ReplayOutlook } from './dead-letters/replay-outlook.js';
import { Fleet } from './fleet/fleet.js';
import { FleetController } from './fleet/fleet.controller.js';
import { CatchUp } from './events/catch-up.js';
import { EventHub } from './events/event-hub.js';
import { EventSettings } from './events/event-settings.js';
import { EventState } from './events/event-state.js';
import { EventsController } from './events/events.controller.js';
import { FleetView } from './events/fleet-view.js';
import { HealthController } from './health/health.controller.js';
import { Readiness } from './health/readiness.js';
import { RedisHealthCheck } from './health/redis-health.js';
import { SelfCheck } from './health/self-check.js';
import { ClockCheck } from './health/clock-check.js';
import { SnapshotCheck } from './health/snapshot-check.js';
import { SymbolFaults } from './health/symbol-faults.js';
import { AnswerStore } from './idempotency/answer-store.js';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor.js';
import { PresentState } from './idempotency/present-state.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { MetricsListeners } from './metrics/metrics-listeners.js';
import { OperationGauges } from './metrics/operation-gauges.js';
import { DeploymentLook } from './notify/deployment-look.js';
import { Notifier } from './notify/notifier.js';
import { NotifyHealth } from './notify/notify-health.js';
import { NotifySettings } from './notify/notify-settings.js';
import { ForeignTrace } from './plans/foreign-trace.js';
import { OperatorProposals } from './plans/operator-proposals.js';
import { PlanList } from './plans/plan-list.js';
import { PlansWaiting } from './plans/plans-waiting.js';
import { PermitsController } from './plans/permits.controller.js';
import { PlanPermitsController } from './plans/plan-permits.controller.js';
import { PlanPermits } from './plans/plan-permits.js';
import { PlanRetryController } from './plans/plan-retry.controller.js';
import { PlanRetry } from './plans/plan-retry.js';
import { PlanResolution } from './plans/plan-resolution.js';
import { PlansController } from './plans/plans.controller.js';
import { ProposalsController } from './plans/proposals.controller.js';
import { StrategyProposals } from './plans/strategy-proposals.js';
import { ClosingController } from './positions/closing.controller.js';
import { Closing } from './positions/closing.js';
import { PositionViews } from './positions/position-view.js';
import { PositionsController } from './positions/positions.controller.js';
import { Reconciliation } from './positions/reconciliation.js';
import { DayReport } from './reports/day-report.js';
import { ReportsController } from './reports/reports.controller.js';
import { ProblemFilter } from './problem/problem.filter.js';
import { DeploymentReport } from './system/deployment-report.js';
import { LimitUsage } from './system/limit-usage.js';
import { LimitsController } from './system/limits.controller.js';
import { RatioController } from './system/ratio.controller.js';
import { RedisTime } from './system/redis-time.js';
import { BacklogSkipController } from './system/backlog-skip.controller.js';
import { BacklogSkip } from './system/backlog-skip.js';
import { SilentConsumers } from './system/silent-consumers.js';
import { StatusReport } from './system/status-report.js';
import { StreamGroups } from './system/stream-groups.js';
import { StreamRenewals } from './system/stream-renewals.js';
import { SystemController } from './system/system.controller.js';
import { SymbolWhy } from './why/symbol-why.js';
import { WhyController } from './why/why.controller.js';

/** In this order: a stored answer is returned before anything is audited. */
const everywhere: Provider[] = [
  { provide: APP_FILTER, useClass: ProblemFilter },
  { provide: APP_GUARD, useClass: RoleGuard },
  { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
  { provide: APP_INTERCEPTOR, useClass: ActionInterceptor },
];

/** Every endpoint but `/metrics`. The pages about the interface are made from these. */
export const CONTROLLERS: readonly Type[] = [
  HealthController,
  SessionController,
  SystemController,
  FleetController,
  LimitsController,
  PlansController,
  PlanRetryController,
  PlanPermitsController,
  PermitsController,
  ApprovalsController,
  ProposalsController,
  PositionsController,
  ClosingController,
  WhyController,
  ControlController,
  CellsController,
  AllowlistController,
  BacklogSkipController,
  RatioController,
  HistoryController,
  ArchiveController,
  ReportsController,
  AuditController,
  DeadLettersController,
  EventsController,
];

/** The outside interface of the process: health, metrics, the admin API. */
@Module({})
export class OpsModule {
  /** Throws `ConfigurationError` for a wrong ADMIN_TOKENS_FILE. */
  static forRoot(environment: Environment): DynamicModule {
    // A file that cannot be used is a fault of the configuration, and shows before anything starts.
    const tokens = tokensOf(environment);
    return {
      module: OpsModule,
      imports: [
        CellsModule,
        TerminusModule.forRoot({ logger: false }),
        PrometheusModule.register({
          controller: MetricsController,
          path: '/metrics',
          // The delay of the event loop is sampled by a timer, and its percentiles count from one tick to the next: every 10 ms by
          // default, which alone uses a third of an idle process' CPU.
          defaultMetrics: { enabled: true, config: { eventLoopMonitoringPrecision: 50 } },
        }),
      ],
      controllers: [...CONTROLLERS],
      providers: [
        ...everywhere,
        SymbolFaults,
        {
          provide: TokensFile,
          inject: [LOGGER],
          useFactory: (logger: Logger) => new TokensFile(environment.adminTokensFile, tokens, logger),
        },
        Authentication,
        Sessions,
        RefusalAudit,
        AnswerStore,
        PresentState,
        KillSwitch,
        ClaimedOrders,
        Suspensions,
        TradingInstances,
        ForeignApplies,
        CatchUp,
        EventHub,
        EventSettings,
        EventState,
        FleetView,
        DeadLetterSettler,
        ReplayOutlook,
        Readiness,
        SelfCheck,
        SnapshotCheck,
        ClockCheck,
        RedisHealthCheck,
        MetricsListeners,
        OperationGauges,
        MetricHistory,
        ForeignPlans,
        ForeignTrace,
        PlanList,
        PlansWaiting,
        PlanApproval,
        PlanResolution,
        PlanRetry,
        PlanPermits,
        LostOrderEvidence,
        PositionViews,
        SymbolWhy,
        Fleet,
        LimitUsage,
        DeploymentReport,
        DeploymentLook,
        Archiver,
        ArchivedPlans,
        DayReport,
        ResultStream,
        ArchiveReport,
        ArchiveSettings,
        Notifier,
        NotifyHealth,
        NotifySettings,
        Reconciliation,
        OperatorProposals,
        StrategyProposals,
        Closing,
        RedisTime,
        SilentConsumers,
        BacklogSkip,
        StatusReport,
        StreamGroups,
        StreamRenewals,
      ],
    };
  }
}
