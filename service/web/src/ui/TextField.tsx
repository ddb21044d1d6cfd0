import { type ReactElement, type RefObject, useId } from "react";

import styles from "./controls.module.css";

interface Props {
  label: string;
  value: string;
  onChange: (text: string) => void;
  input?: RefObject<HTMLInputElement | null>;
  type?: "text" | "password";
  autoComplete: string;
  inputMode?: "text" | "numeric";
  maxLength?: number;
  isWrong?: boolean;
  isDisabled?: boolean;
  className?: string | undefined;
}

/** A labelled line of text. `isWrong` marks it for screen readers; the reason stands in a Notice. */
export function TextField(props: Props): ReactElement {
  const id = useId();
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {props.label}
      </label>
      <input
        id={id}
        ref={props.input}
        className={`${styles.input} ${props.className ?? ""}`}
        type={props.type ?? "text"}
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
        autoComplete={props.autoComplete}
        autoCapitalize="off"
        spellCheck={false}
        inputMode={props.inputMode ?? "text"}
        maxLength={props.maxLength ?? 256}
        aria-invalid={props.isWrong === true}
        disabled={props.isDisabled === true}
      />
    </div>
  );
}
