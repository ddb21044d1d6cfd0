import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import styles from "./Root.module.css";

export function NotFound(): ReactElement {
  const { t } = useTranslation();
  return (
    <main className={styles.middle}>
      <p>{t("common.noSuchPage")}</p>
      <Link to="/" search={{}}>
        {t("places.toYours")}
      </Link>
    </main>
  );
}
