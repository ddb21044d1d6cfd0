import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import { useTranslation } from "react-i18next";

import controls from "../ui/controls.module.css";
import { Icon } from "../ui/icons";
import markUrl from "../ui/mark.svg";
import { OpenNotices } from "./OpenNotices";
import { placesOf } from "./places";
import { session, useReader } from "./session";
import styles from "./TopBar.module.css";
import { UserMenu } from "./UserMenu";

/** The head of every page but the reading page: where one can go, what the page adds, who one is. */
export function TopBar({ lead, children }: { lead?: ReactNode; children?: ReactNode }): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  return (
    <header className={styles.bar}>
      {lead}
      <img src={markUrl} alt="" width="26" height="26" />
      <nav className={styles.places} aria-label={t("places.label")}>
        {placesOf(reader).map((place) => (
          <Link key={place.to} to={place.to} search={{}} className={styles.place} activeOptions={{ includeSearch: false }}>
            {t(`places.${place.key}`)}
          </Link>
        ))}
      </nav>
      {reader.is_demo && <span className={styles.demo}>{t("common.demo")}</span>}
      <div className={styles.middle}>{children}</div>
      <OpenNotices />
      <button
        className={`${controls.button} ${controls.quiet}`}
        onClick={() => void session.lock()}
        aria-label={t("lock.lock")}
        title={t("lock.lock")}
      >
        <Icon name="lock" />
      </button>
      <UserMenu />
    </header>
  );
}
