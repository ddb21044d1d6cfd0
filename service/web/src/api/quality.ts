/** How signed reports fare in the audit. */

import { room } from "./client";
import type { Named, Worded } from "./types";

/** One writer's signed reports at one hospital. changed_share: of the changed ones, how much of the text, 0 to 1. */
export interface AuditRate {
  writer: Named;
  hospital: Named;
  audited: number;
  changed: number;
  changed_share: number;
  returned: number;
}

export interface AuditRatesView {
  days: number;
  rates: AuditRate[];
}

/** Examinations of one hospital and class. passed: open ones by the share of their target in per cent that they passed last. */
export interface Turnaround {
  hospital: Named;
  /** Null where no order says one. */
  exam_class: Worded | null;
  done: number;
  in_time: number;
  median_s: number | null;
  p90_s: number | null;
  passed: Record<"50" | "80" | "100", number>;
}

export interface TurnaroundsView {
  days: number;
  rows: Turnaround[];
}

export const qualityApi = {
  turnarounds: (signal?: AbortSignal) => room.get<TurnaroundsView>("/admin/turnarounds", signal),
  /** Of the hospitals one reads for. */
  rates: (signal?: AbortSignal) => room.get<AuditRatesView>("/audit-rates", signal),
  /** Of the whole centre. */
  centreRates: (signal?: AbortSignal) => room.get<AuditRatesView>("/admin/audit-rates", signal),
};
