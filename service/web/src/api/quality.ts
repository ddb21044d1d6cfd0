/** How signed reports fare in the audit. */

import { room } from "./client";
import type { Named } from "./types";

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

export const qualityApi = {
  /** Of the hospitals one reads for. */
  rates: (signal?: AbortSignal) => room.get<AuditRatesView>("/audit-rates", signal),
  /** Of the whole centre. */
  centreRates: (signal?: AbortSignal) => room.get<AuditRatesView>("/admin/audit-rates", signal),
};
