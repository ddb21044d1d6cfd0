import type { ReactElement, ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../api/problems";
import controls from "./controls.module.css";
import { Notice } from "./Notice";
import styles from "./page.module.css";

/** The part of a query's result that is shown here. */
interface Asked<T> {
  data: T | undefined;
  error: unknown;
  isFetching: boolean;
  refetch: () => unknown;
}

interface Props<T> {
  asked: Asked<T>;
  isEmpty?: (answer: T) => boolean;
  /** What to do while there is nothing. */
  empty?: ReactNode;
  children: (answer: T) => ReactNode;
}

/** An answer of the centre in each of its states: on its way, failed with a way to ask again, empty, there. */
export function Answered<T>({ asked, isEmpty, empty, children }: Props<T>): ReactElement {
  const { t } = useTranslation();
  if (asked.data === undefined && asked.error === null) return <p className={styles.hint}>{t("common.loading")}</p>;
  const failed = asked.error !== null && (
    <div className={styles.state}>
      <Notice tone="wrong">{inWords(asked.error, t)}</Notice>
      <button className={controls.button} onClick={() => void asked.refetch()} disabled={asked.isFetching}>
        {t("common.again")}
      </button>
    </div>
  );
  return (
    <>
      {failed}
      {asked.data !== undefined && (isEmpty?.(asked.data) === true ? <div className={styles.state}>{empty}</div> : children(asked.data))}
    </>
  );
}
