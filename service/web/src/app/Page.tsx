import { Link } from "@tanstack/react-router";
import { type ReactElement, type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";

import type { Right } from "../api/types";
import { Notice } from "../ui/Notice";
import styles from "../ui/page.module.css";
import { landing } from "./places";
import { useReader } from "./session";
import { TopBar } from "./TopBar";

interface Props {
  title: string;
  /** What whoever sees the page has to be allowed; null: everybody. */
  right: Right | null;
  /** What stands beside the title: the page's first acts. */
  acts?: ReactNode;
  children: ReactNode;
}

/** A page with the common head. Who lacks the right is told so, and nothing is asked of the centre. */
export function Page({ title, right, acts, children }: Props): ReactElement {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} · ${t("common.product")}`;
  }, [title, t]);
  return (
    <Guarded title={title} right={right}>
      <Frame title={title} acts={acts}>
        {children}
      </Frame>
    </Guarded>
  );
}

/** What it holds, for whoever has the right; for others the way to their own page. */
export function Guarded({ title, right, children }: Pick<Props, "title" | "right" | "children">): ReactNode {
  const { t } = useTranslation();
  const reader = useReader();
  const isAllowed = right === null || reader.user.rights.includes(right);
  useEffect(() => {
    if (!isAllowed) document.title = `${title} · ${t("common.product")}`;
  }, [isAllowed, title, t]);
  if (isAllowed) return children;
  return (
    <Frame title={title}>
      <div className={styles.state}>
        <Notice tone="warned">{t("places.notYours")}</Notice>
        <Link to={landing(reader)} search={{}}>
          {t("places.toYours")}
        </Link>
      </div>
    </Frame>
  );
}

function Frame({ title, acts, children }: Omit<Props, "right">): ReactElement {
  return (
    <div className={styles.page}>
      <TopBar />
      <main className={styles.main}>
        <div className={styles.head}>
          <h1>{title}</h1>
          {acts}
        </div>
        {children}
      </main>
    </div>
  );
}
