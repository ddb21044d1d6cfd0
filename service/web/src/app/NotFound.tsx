import { Link } from "@tanstack/react-router";
import { type ReactElement, useEffect } from "react";
import { useTranslation } from "react-i18next";

import styles from "./Root.module.css";

export function NotFound(): ReactElement {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${t("common.noSuchPageTitle")} · ${t("common.product")}`;
  }, [t]);
  return (
    <main className={styles.middle}>
      <h1>{t("common.noSuchPageTitle")}</h1>
      <p>{t("common.noSuchPage")}</p>
      <Link to="/" search={{}}>
        {t("places.toYours")}
      </Link>
    </main>
  );
}
