import { type ReactElement, type ReactNode, type RefObject, useId } from "react";

import styles from "./controls.module.css";

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  select?: RefObject<HTMLSelectElement | null>;
  isDisabled?: boolean;
  children: ReactNode;
}

/** A labelled choice of one; `children` are its options. */
export function SelectField({ label, value, onChange, select, isDisabled, children }: Props): ReactElement {
  const id = useId();
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <select
        id={id}
        ref={select}
        className={styles.input}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        disabled={isDisabled === true}
      >
        {children}
      </select>
    </div>
  );
}
