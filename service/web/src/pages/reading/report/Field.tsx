import { type KeyboardEvent, type ReactElement, type ReactNode, type RefObject, useId } from "react";
import { useTranslation } from "react-i18next";

import type { Language } from "../../../api/types";
import { isUntouched, type Part, type Span, wordsOf } from "./slots";
import type { Standing } from "./draftState";
import styles from "./report.module.css";

interface Props {
  label: string;
  part: Part;
  language: Language;
  standing: readonly Standing[];
  /** Tracking UIDs of findings the reader added or measured themselves. */
  own: ReadonlySet<string>;
  isTall?: boolean;
  input?: RefObject<HTMLTextAreaElement | null>;
  onType: (text: string) => void;
  onKey: (event: KeyboardEvent<HTMLTextAreaElement>) => void;
  onFocus: () => void;
  onBlur: () => void;
}

/** A part of the report to write in. A copy of the text lies behind it, where what was written for the reader is marked. */
export function Field(props: Props): ReactElement {
  const { t } = useTranslation();
  const id = useId();
  const { part, standing, own } = props;
  const marked = part.spans
    .filter((span) => span.owner !== "" && span.end > span.start && isUntouched(part, span))
    .sort((one, other) => one.start - other.start);
  const numbers = (isOwn: boolean): string =>
    standing
      .filter((each) => own.has(each.owner) === isOwn && marked.some((span) => span.owner === each.owner))
      .map((each) => String(each.number))
      .join(", ");
  const [fromAi, fromReader] = [numbers(false), numbers(true)];
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {props.label}
      </label>
      <div className={`${styles.paper} ${props.isTall === true ? styles.tall : ""}`}>
        <div className={styles.mirror} lang={props.language} aria-hidden="true">
          {mirrored(part, marked, own)}
        </div>
        <textarea
          id={id}
          lang={props.language}
          ref={props.input}
          value={part.text}
          maxLength={20_000}
          spellCheck={false}
          aria-describedby={`${id}-origin`}
          onChange={(event) => props.onType(event.target.value)}
          onKeyDown={props.onKey}
          onFocus={props.onFocus}
          onBlur={props.onBlur}
        />
      </div>
      <p className={styles.origin} id={`${id}-origin`}>
        {fromAi !== "" && <span className={styles.fromAi}>{t("report.fromAi", { numbers: fromAi })}</span>}
        {fromReader !== "" && <span className={styles.fromReader}>{t("report.fromReader", { numbers: fromReader })}</span>}
      </p>
    </div>
  );
}

function mirrored(part: Part, marked: readonly Span[], own: ReadonlySet<string>): ReactNode[] {
  const found: ReactNode[] = [];
  let at = 0;
  for (const span of marked) {
    if (span.start < at) continue;
    found.push(part.text.slice(at, span.start));
    found.push(
      <mark key={span.owner} className={own.has(span.owner) ? styles.own : undefined}>
        {wordsOf(part, span)}
      </mark>,
    );
    at = span.end;
  }
  // A text that ends with a line break has a last line of its own only where something stands in it.
  return [...found, `${part.text.slice(at)}\u200b`];
}
