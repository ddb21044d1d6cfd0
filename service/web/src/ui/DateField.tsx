import { type ReactElement, useId } from "react";

import styles from "./controls.module.css";

interface Props {
  label: string;
  /** `date`: YYYY-MM-DD; `datetime-local`: YYYY-MM-DDTHH:MM by the clock of this machine. */
  type: "date" | "datetime-local";
  value: string;
  onChange: (value: string) => void;
}

export function DateField({ label, type, value, onChange }: Props): ReactElement {
  const id = useId();
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <input
        id={id}
        className={styles.input}
        type={type}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}
