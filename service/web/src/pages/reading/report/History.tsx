import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../../api/problems";
import type { ReadingView, ReportText } from "../../../api/reading";
import type { KeptEdition, ReportCalls } from "../../../api/report";
import { useReader } from "../../../app/session";
import { Notice } from "../../../ui/Notice";
import styles from "./report.module.css";
import { Differences } from "./Texts";
import { at } from "./time";

interface Said {
  key: string;
  name: string;
  text: ReportText;
}

/** Every version and every kept text, and what changed between two of them. */
export function History({ view, calls }: { view: ReadingView; calls: ReportCalls }): ReactElement {
  const { t } = useTranslation();
  const { language } = useReader().user;
  const [picked, setPicked] = useState<{ before?: string; after?: string }>({});
  const newest = view.versions[view.versions.length - 1];
  const { data: editions, error } = useQuery({
    queryKey: ["editions", calls.hospital, calls.study, newest?.version, newest?.edition, newest?.state.word],
    queryFn: ({ signal }) => calls.editions(signal),
  });
  if (view.versions.length === 0) return <p className={styles.small}>{t("history.none")}</p>;
  const said = view.versions.flatMap((version): Said[] => [
    ...(editions ?? [])
      .filter((each) => each.version === version.version && each.edition !== version.edition)
      .map((each) => kept(each)),
    { key: `v${version.version}`, name: t("history.final", { version: version.version, state: version.state.text }), text: version.text },
  ]);
  function kept(each: KeptEdition): Said {
    const name = t("history.kept", { version: each.version, at: at(each.at, language), name: each.by.name });
    return { key: `v${each.version}.${each.edition}`, name, text: each.text };
  }
  const after = said.find((each) => each.key === picked.after) ?? said[said.length - 1];
  const before = said.find((each) => each.key === picked.before) ?? said[said.length - 2];
  return (
    <section className={styles.pane} aria-label={t("report.history")}>
      {error !== null && <Notice tone="wrong">{inWords(error, t)}</Notice>}
      <ul>
        {[...view.versions].reverse().map((each) => (
          <li key={each.version} className={styles.part}>
            <b>{t("history.final", { version: each.version, state: each.state.text })}</b>
            <span className={styles.small}>
              {each.changed_by.name} · {at(each.changed_at, language)}
            </span>
            {each.signed_by !== null && each.signed_at !== null && (
              <span className={styles.small}>{t("report.signedBy", { name: each.signed_by.name, at: at(each.signed_at, language) })}</span>
            )}
            {each.audited_by !== null && each.audited_at !== null && (
              <span className={styles.small}>{t("report.auditedBy", { name: each.audited_by.name, at: at(each.audited_at, language) })}</span>
            )}
            {each.why !== null && <span className={styles.small}>{t("report.why", { why: each.why })}</span>}
            {each.record_sha256 !== null && <span className={styles.small}>{t("report.hash", { hash: each.record_sha256 })}</span>}
          </li>
        ))}
      </ul>
      {before !== undefined && after !== undefined && (
        <>
          <div className={styles.form}>
            <Pick label={t("history.before")} said={said} value={before.key} onPick={(key) => setPicked({ ...picked, before: key })} />
            <Pick label={t("history.after")} said={said} value={after.key} onPick={(key) => setPicked({ ...picked, after: key })} />
          </div>
          <Differences before={before.text} after={after.text} />
        </>
      )}
    </section>
  );
}

function Pick(props: { label: string; said: Said[]; value: string; onPick: (key: string) => void }): ReactElement {
  return (
    <label className={styles.part}>
      <span className={styles.small}>{props.label}</span>
      <select value={props.value} onChange={(event) => props.onPick(event.target.value)}>
        {props.said.map((each) => (
          <option key={each.key} value={each.key}>
            {each.name}
          </option>
        ))}
      </select>
    </label>
  );
}
