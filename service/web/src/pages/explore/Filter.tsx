import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import {
  type ExploreFilter,
  KINDS,
  type PackageRecord,
  PERIODS,
  REASONS,
  USUAL_DAYS,
  versionKey,
} from "../../api/explore";
import type { Named } from "../../api/types";
import { DateField } from "../../ui/DateField";
import page from "../../ui/page.module.css";
import { SelectField } from "../../ui/SelectField";

interface Props {
  filter: ExploreFilter;
  hospitals: Named[];
  packages: PackageRecord[];
  /** Whether single disagreements are chosen, by what they are. */
  isList: boolean;
  onFilter: (filter: ExploreFilter) => void;
}

/** Which signed studies, and which disagreements; a choice takes effect at once and stands in the address. */
export function Filter({ filter, hospitals, packages, isList, onFilter }: Props): ReactElement {
  const { t } = useTranslation();
  const set = (change: ExploreFilter): void => onFilter({ ...filter, ...change });
  const days = filter.days ?? USUAL_DAYS;
  return (
    <form className={page.card} role="search" onSubmit={(event) => event.preventDefault()}>
      <div className={page.columns}>
        <SelectField label={t("explore.period")} value={days} onChange={(chosen) => set({ days: chosen })}>
          {PERIODS.map((each) => (
            <option key={each} value={each}>
              {t(`explore.periods.${each}`)}
            </option>
          ))}
        </SelectField>
        {days === "own" && (
          <>
            <DateField label={t("explore.since")} type="date" value={filter.since ?? ""} onChange={(since) => set({ since })} />
            <DateField label={t("explore.until")} type="date" value={filter.until ?? ""} onChange={(until) => set({ until })} />
          </>
        )}
        <SelectField label={t("explore.hospital")} value={filter.hospital ?? ""} onChange={(hospital) => set({ hospital })}>
          <option value="">{t("explore.every")}</option>
          {hospitals.map((each) => (
            <option key={each.id} value={each.id}>
              {each.name}
            </option>
          ))}
        </SelectField>
        {isList && (
          <>
            <SelectField label={t("explore.package")} value={filter.of ?? ""} onChange={(of) => set({ of })}>
              <option value="">{t("explore.every")}</option>
              {packages.map((each) => (
                <option key={versionKey(each)} value={versionKey(each)}>
                  {`${each.title} ${each.version}`}
                </option>
              ))}
            </SelectField>
            <SelectField
              label={t("explore.kind")}
              value={filter.kind ?? ""}
              onChange={(kind) => set({ kind, reason: kind === "rejected" || kind === "" ? (filter.reason ?? "") : "" })}
            >
              <option value="">{t("explore.every")}</option>
              {KINDS.map((each) => (
                <option key={each} value={each}>
                  {t(`explore.kinds.${each}`)}
                </option>
              ))}
            </SelectField>
            <SelectField
              label={t("explore.reason")}
              value={filter.reason ?? ""}
              onChange={(reason) => set({ reason })}
              isDisabled={(filter.kind ?? "") !== "" && filter.kind !== "rejected"}
            >
              <option value="">{t("explore.every")}</option>
              {REASONS.map((each) => (
                <option key={each} value={each}>
                  {t(`findings.reason.${each}`)}
                </option>
              ))}
            </SelectField>
          </>
        )}
      </div>
    </form>
  );
}
