import { Link } from "@tanstack/react-router";
import { type ReactElement, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../../api/problems";
import type { FindingView, ReadingView } from "../../../api/reading";
import type { Flag, Secret, SeenFlag } from "../../../api/report";
import { useReader } from "../../../app/session";
import controls from "../../../ui/controls.module.css";
import { Dialog } from "../../../ui/Dialog";
import { Notice } from "../../../ui/Notice";
import { placeOf, searchOf } from "../../worklist/place";
import { NotPrintable } from "./NotPrintable";
import { SecretForm } from "./SecretForm";
import { signing } from "./signing";
import styles from "./report.module.css";
import { Texts } from "./Texts";

interface Props {
  view: ReadingView;
  /** A correction or an addition is open that was not saved. */
  isSaying: boolean;
  /** Another reader holds the examination by now. */
  isTaken: boolean;
  /** Images came that the page does not show yet. */
  isLate: boolean;
  onReadAnew: () => void;
  /** Text of findings that were judged otherwise since: the reader has to say what stands before anything is signed. */
  undecided: readonly string[];
  /** Saves and submits; raises what kept it from that. */
  onPrepare: () => Promise<void>;
  onSign: (secret: Secret, seen: SeenFlag[], closeRest: boolean) => Promise<void>;
  onJudge: (finding: FindingView) => void;
  onNext: () => void;
  onClose: () => void;
}

const keyOf = (flag: Flag): string => `${flag.kind.word} ${flag.words}`;

/** Exactly what is signed: text, findings that stand, those left out; what has to be judged or confirmed first; the secret. */
export function SignDialog({ view, undecided, isSaying, isTaken, isLate, onReadAnew, onPrepare, onSign, onJudge, onNext, onClose }: Props): ReactElement {
  const { t } = useTranslation();
  const [fault, setFault] = useState<unknown>(null);
  const [isPrepared, setPrepared] = useState(false);
  const [done, setDone] = useState(false);
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  const [closesRest, setClosesRest] = useState(false);
  const prepare = useRef(onPrepare);
  const isDecided = undecided.length === 0 && !isSaying;
  // What has to be done first has the focus; where nothing has, the secret's field takes it.
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isPrepared) body.current?.querySelector<HTMLElement>("[data-first]")?.focus();
  }, [isPrepared]);
  useEffect(() => {
    if (isDecided) prepare.current().then(() => setPrepared(true), setFault);
  }, [isDecided]);
  if (done) return <Done view={view} onNext={onNext} onClose={onClose} />;
  const { report } = view;
  const { must, rest, stands, leftOut, waitsForImpression } = signing(view);
  const isUnseen = view.flags.some((each) => !seen.has(keyOf(each)));
  const isReturned = view.line.status.word === "returned";
  const lacks =
    isTaken ? "holding" : isReturned ? "takeBack" : isLate ? "images" : must.length > 0 ? "judge" : waitsForImpression ? "impression" : rest.length > 0 && !closesRest ? "closing" : isUnseen ? "seeing" : null;
  const sign = async (secret: Secret): Promise<void> => {
    await onSign(secret, view.flags.filter((each) => seen.has(keyOf(each))).map((each) => ({ kind: each.kind.word, words: each.words })), closesRest);
    setDone(true);
  };
  const toggle = (key: string): void => {
    const next = new Set(seen);
    if (!next.delete(key)) next.add(key);
    setSeen(next);
  };
  return (
    <Dialog title={t("sign.title")} onClose={onClose}>
      <div ref={body} className={styles.form}>
        {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
        {view.withheld !== null && <Notice tone="wrong">{view.withheld}</Notice>}
        {isSaying && <Notice tone="wrong">{t("sign.saveFirst")}</Notice>}
        {undecided.length > 0 && (
          <Notice tone="wrong">
            {t("sign.decideFirst")}
            {undecided.map((words) => (
              <p key={words} className={styles.quote}>
                {words}
              </p>
            ))}
          </Notice>
        )}
        {fault === null && isDecided && !isPrepared && <p role="status">{t("sign.preparing")}</p>}
        {isPrepared && report !== null && (
          <div className={styles.scroll} tabIndex={0} role="region" aria-label={t("sign.what")}>
            <Texts text={report.text} language={report.language} />
            <Listed title={t("sign.stands")} findings={stands} />
            <Listed title={t("sign.leftOut")} findings={leftOut} />
            <p className={styles.small}>{t("sign.images", { revision: view.revision })}</p>
          </div>
        )}
        {isLate && (
          <Notice tone="warned">
            {t("reading.late")}{" "}
            <button className={controls.button} data-first onClick={onReadAnew}>
              {t("reading.readAnew")}
            </button>
          </Notice>
        )}
        {waitsForImpression && <Notice tone="wrong">{t("sign.lockFirst")}</Notice>}
        {must.length > 0 && (
          <Notice tone="wrong">
            {t("sign.mustJudge", { count: must.length })}
            <ul>
              {must.map((each) => (
                <li key={each.tracking_uid}>
                  <button className={styles.link} data-first onClick={() => onJudge(each)}>
                    {each.number}. {each.line}
                  </button>
                </li>
              ))}
            </ul>
          </Notice>
        )}
        {rest.length > 0 && (
          <label className={styles.check}>
            <input type="checkbox" data-first checked={closesRest} onChange={() => setClosesRest(!closesRest)} />
            {t("sign.closeRest", { count: rest.length })}
          </label>
        )}
        {isPrepared && <NotPrintable letters={view.not_printable} />}
        {isPrepared && view.flags.length > 0 && (
          <Notice tone="warned">
            {t("sign.contradiction")}
            {view.flags.map((flag) => (
              <div key={keyOf(flag)}>
                <p className={styles.quote}>{flag.words}</p>
                <label className={styles.check}>
                  <input type="checkbox" data-first checked={seen.has(keyOf(flag))} onChange={() => toggle(keyOf(flag))} />
                  {t("sign.meant", { kind: flag.kind.text })}
                </label>
              </div>
            ))}
          </Notice>
        )}
        {isPrepared && (
          <div className={styles.foot}>
            <p className={styles.small}>{t(`sign.then.${view.after_signature}`)}</p>
            <SecretForm
              label={t("sign.sign")}
              isReady={lacks === null && view.withheld === null}
              lack={lacks === null ? null : t(`sign.lacks.${lacks}`)}
              onGiven={sign}
            />
          </div>
        )}
      </div>
    </Dialog>
  );
}

function Listed({ title, findings }: { title: string; findings: readonly FindingView[] }): ReactElement {
  const { t } = useTranslation();
  return (
    <section className={styles.part}>
      <h3>{title}</h3>
      {findings.length === 0 && <p className={styles.small}>{t("sign.none")}</p>}
      <ul>
        {findings.map((each) => {
          const reason = each.judgements[each.judgements.length - 1]?.reason;
          return (
            <li key={each.tracking_uid}>
              {each.number}. {each.line}{" "}
              <span className={styles.small}>
                {each.state.text}
                {reason != null && ` · ${t(`findings.reason.${reason}`)}`}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** A report that is final is no longer the one that is worked on. */
function doneWord(state: string | undefined): "signed" | "provisional" | "released" {
  return state === "signed" || state === "provisional" ? state : "released";
}

function Done({ view, onNext, onClose }: Pick<Props, "view" | "onNext" | "onClose">): ReactElement {
  const { t } = useTranslation();
  const { user } = useReader();
  const next = useRef<HTMLButtonElement>(null);
  useEffect(() => next.current?.focus(), []);
  return (
    <Dialog title={t("sign.title")} onClose={onClose}>
      <div className={styles.form}>
        <Notice tone="told">{t(`sign.done.${doneWord(view.report?.state.word)}`)}</Notice>
        <div className={styles.acts}>
          <button ref={next} className={`${controls.button} ${controls.primary}`} onClick={onNext}>
            {t("sign.next")} <kbd>Enter</kbd>
          </button>
          <Link className={controls.button} to="/worklist" search={searchOf(placeOf(user.id).filter)}>
            {t("sign.toWorklist")}
          </Link>
        </div>
      </div>
    </Dialog>
  );
}
