import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Page } from "../../app/Page";
import page from "../../ui/page.module.css";

const TABS = [
  { to: "/centre", key: "overview" },
  { to: "/centre/hospitals", key: "hospitals" },
  { to: "/centre/packages", key: "packages" },
  { to: "/centre/queue", key: "queue" },
  { to: "/centre/deliveries", key: "deliveries" },
  { to: "/centre/quarantine", key: "quarantine" },
  { to: "/centre/quality", key: "quality" },
] as const;

/** What the pages of the centre's administration have in common: the way from one to the other. */
export function Centre({ title, children }: { title: string; children: ReactNode }): ReactElement {
  const { t } = useTranslation();
  return (
    <Page title={title} right="manage-centre">
      <nav className={page.tabs} aria-label={t("places.centre")}>
        {TABS.map((tab) => (
          <Link key={tab.to} to={tab.to} search={{}} activeOptions={{ exact: tab.to === "/centre", includeSearch: false }}>
            {t(`centre.tabs.${tab.key}`)}
          </Link>
        ))}
      </nav>
      {children}
    </Page>
  );
}
