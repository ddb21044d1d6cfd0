import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { ReportText } from "../../../api/reading";
import { FIELDS } from "../../../api/report";
import type { Language } from "../../../api/types";
import { difference } from "./diff";
import styles from "./report.module.css";

/** A report to read. language: of its words, where it is known. */
export function Texts({ text, language }: { text: ReportText; language?: Language }): ReactElement {
  const { t } = useTranslation();
  return (
    <>
      {FIELDS.map((field) => (
        <section key={field} className={styles.part}>
          <h3>{t(`report.field.${field}`)}</h3>
          {text[field].trim() === "" ? (
            <p className={styles.text}>{t("report.empty")}</p>
          ) : (
            <p className={styles.text} lang={language}>
              {text[field]}
            </p>
          )}
        </section>
      ))}
    </>
  );
}

/** What a report says now, with what was deleted and added since. */
export function Differences({ before, after }: { before: ReportText; after: ReportText }): ReactElement {
  const { t } = useTranslation();
  return (
    <>
      {FIELDS.map((field) => (
        <section key={field} className={styles.part}>
          <h3>{t(`report.field.${field}`)}</h3>
          {before[field] === after[field] && <p className={styles.small}>{t("report.noChange")}</p>}
          <Difference before={before[field]} after={after[field]} />
        </section>
      ))}
    </>
  );
}

/** Deleted and added words, told by colour and line, and by what they are. */
export function Difference({ before, after }: { before: string; after: string }): ReactElement {
  return (
    <p className={styles.text}>
      {difference(before, after).map(({ kind, text }, at) =>
        kind === "same" ? (
          <span key={at}>{text}</span>
        ) : kind === "gone" ? (
          <del key={at}>{text}</del>
        ) : (
          <ins key={at}>{text}</ins>
        ),
      )}
    </p>
  );
}
