import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { type InstalledPackage, packagesApi } from "../../api/packages";
import { useReader } from "../../app/session";
import { Answered } from "../../ui/Answered";
import { Notice } from "../../ui/Notice";
import page from "../../ui/page.module.css";
import { Centre } from "./Centre";

/** The packages the centre has: what each is for, what it was not validated for, who asks it. */
export function PackagesPage(): ReactElement {
  const { t } = useTranslation();
  return (
    <Centre title={t("centre.tabs.packages")}>
      <Installed />
    </Centre>
  );
}

function Installed(): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  const asked = useQuery({
    queryKey: ["packages", reader.user.language],
    queryFn: ({ signal }) => packagesApi.installed(signal),
    enabled: !reader.locked,
  });
  return (
    <Answered
      asked={asked}
      isEmpty={(view) => view.packages.length === 0 && view.broken.length === 0}
      empty={<p>{t("centre.noPackages")}</p>}
    >
      {(view) => (
        <>
          {view.broken.map((each) => (
            <Notice key={each.folder} tone="wrong">
              {t("centre.brokenFolder", { folder: each.folder })} <span lang="en">{each.fault}</span>
            </Notice>
          ))}
          {view.packages.map((each) => (
            <Package key={each.digest} each={each} />
          ))}
        </>
      )}
    </Answered>
  );
}

function Package({ each }: { each: InstalledPackage }): ReactElement {
  const { t } = useTranslation();
  const facts: [string, string][] = [
    [t("centre.package"), `${each.name} ${each.version}`],
    [t("centre.useStatus"), each.use_status.text],
    [t("centre.modality"), each.modality],
    [t("centre.intendedUse"), each.intended_use],
    [t("centre.askedBy"), each.asked_by.map((hospital) => hospital.name).join(t("places.comma"))],
  ];
  return (
    <section className={`${page.card} ${page.read}`}>
      <h2>
        {each.title} {!each.is_newest && <span className={page.dim}>{t("centre.older")}</span>}
      </h2>
      <dl className={page.facts}>
        {facts.map(([label, value]) => (
          <div key={label} style={{ display: "contents" }}>
            <dt>{label}</dt>
            <dd>{value === "" ? t("centre.nobody") : value}</dd>
          </div>
        ))}
        <Lines label={t("centre.exclusions")} lines={each.exclusions} />
        <Lines label={t("centre.notValidatedFor")} lines={each.not_validated_for} />
        <dt>{t("centre.digest")}</dt>
        <dd className={page.mono}>{each.digest}</dd>
      </dl>
    </section>
  );
}

function Lines({ label, lines }: { label: string; lines: string[] }): ReactElement | null {
  if (lines.length === 0) return null;
  return (
    <>
      <dt>{label}</dt>
      <dd>
        <ul>
          {lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </dd>
    </>
  );
}
