import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { qualityApi } from "../../api/quality";
import { Page } from "../../app/Page";
import { AuditRates } from "./AuditRates";

/** What a senior physician sees of the audits. */
export function QualityPage(): ReactElement {
  const { t } = useTranslation();
  return (
    <Page title={t("places.quality")} right="audit-reports">
      <AuditRates name="audit-rates" read={qualityApi.rates} />
    </Page>
  );
}
