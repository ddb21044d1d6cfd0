import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { qualityApi } from "../../api/quality";
import { AuditRates } from "../quality/AuditRates";
import { Centre } from "./Centre";
import { Turnarounds } from "./Turnarounds";

/** How the centre's work is done: how long reports took, what the audits changed. */
export function QualityPage(): ReactElement {
  const { t } = useTranslation();
  return (
    <Centre title={t("centre.tabs.quality")}>
      <Turnarounds />
      <AuditRates name="centre-audit-rates" read={qualityApi.centreRates} />
    </Centre>
  );
}
