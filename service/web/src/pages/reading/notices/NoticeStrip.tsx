import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import type { NoticeView } from "../../../api/notices";
import { moment } from "../../../app/format";
import { keyboard, printed, useKeys } from "../../../app/keyboard";
import { useReader } from "../../../app/session";
import controls from "../../../ui/controls.module.css";
import { Icon } from "../../../ui/icons";
import { CallDialog } from "./CallDialog";
import styles from "./notices.module.css";
import { clock, useSecondsSince } from "./remaining";

interface Props {
  notices: readonly NoticeView[];
  /** Reads the page again after a call was documented. */
  onDocumented: () => void;
}

/** Urgent findings of the examination: whom to tell, how much time is left, who heard. Above everything else of the page. */
export function NoticeStrip({ notices, onDocumented }: Props): ReactElement | null {
  const { t } = useTranslation();
  const [called, setCalled] = useState<NoticeView | null>(null);
  const since = useSecondsSince(
    notices,
    notices.some((each) => each.is_open),
  );
  const mayDocument = useReader().user.rights.includes("review");
  const first = notices.find((each) => each.is_open);
  useKeys(mayDocument && first !== undefined && called === null ? { noticeCall: () => setCalled(first) } : {});
  if (notices.length === 0) return null;
  return (
    <section className={styles.strip} aria-label={t("notices.title")}>
      {notices.map((each) =>
        each.is_open ? (
          <Open key={each.id} notice={each} remaining={each.remaining_s - since} onCall={() => setCalled(each)} />
        ) : (
          <Closed key={each.id} notice={each} />
        ),
      )}
      {called !== null && (
        <CallDialog
          notice={called}
          onClose={() => setCalled(null)}
          onDocumented={() => {
            setCalled(null);
            onDocumented();
          }}
        />
      )}
    </section>
  );
}

function Open({ notice, remaining, onCall }: { notice: NoticeView; remaining: number; onCall: () => void }): ReactElement {
  const { t } = useTranslation();
  const mayDocument = useReader().user.rights.includes("review");
  const { told_at, contact } = notice;
  const isLate = remaining < 0;
  return (
    <div className={`${styles.line} ${styles.open}`}>
      <Icon name="bell" />
      <strong>{t("notices.title")}</strong>
      <span className={styles.words}>
        {notice.finding !== null && <b className={styles.finding}>{notice.finding}</b>}
        {told_at === null ? t("notices.untold", { contact }) : t("notices.told", { contact, at: moment(told_at) })}
        {notice.way.word !== "arrived" && <span className={styles.way}> {notice.way.text}</span>}
      </span>
      <span className={`${styles.clock} ${isLate ? styles.late : ""}`}>
        {isLate ? t("notices.late", { span: clock(remaining) }) : t("notices.left", { span: clock(remaining) })}
      </span>
      {mayDocument && (
        <button className={controls.button} onClick={onCall}>
          {t("notices.document")}{" "}
          {printed(keyboard.table.noticeCall[0] ?? "").map((key) => (
            <kbd key={key}>{key}</kbd>
          ))}
        </button>
      )}
    </div>
  );
}

function Closed({ notice }: { notice: NoticeView }): ReactElement {
  const { t } = useTranslation();
  const { heard, taken_back_at } = notice;
  return (
    <div className={`${styles.line} ${styles.closed}`}>
      <Icon name={taken_back_at === null ? "check" : "returned"} />
      <strong>{t("notices.title")}</strong>
      <span className={styles.words} title={heard?.how}>
        {notice.finding !== null && <span className={styles.finding}>{notice.finding}</span>}
        {taken_back_at !== null && t("notices.takenBack", { at: moment(taken_back_at) })}
        {taken_back_at === null && heard !== null && t("notices.heard", { who: heard.who, at: moment(heard.at) })}
        {taken_back_at === null && heard !== null && (
          <span className={styles.dim}>
            {" "}
            {heard.recorded_by === null ? t("notices.bySystem") : t("notices.byCall", { name: heard.recorded_by.name })}
          </span>
        )}
      </span>
    </div>
  );
}
