import { type FormEvent, type ReactElement, type RefObject, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { EXAM_CLASSES, type Named, STATUS_WORDS, VIEWS } from "../../api/types";
import { NO_FILTER, type WorklistFilter } from "../../api/worklist";
import controls from "../../ui/controls.module.css";
import { Icon } from "../../ui/icons";
import styles from "./worklist.module.css";
import { SavedViews } from "./savedViews";

interface Props {
  userId: string;
  filter: WorklistFilter;
  hospitals: readonly Named[];
  first: RefObject<HTMLButtonElement | null>;
  onFilter: (filter: WorklistFilter) => void;
}

/** What the list is narrowed to: the centre's views, fields, and views a person saved. */
export function Rail({ userId, filter, hospitals, first, onFilter }: Props): ReactElement {
  const { t } = useTranslation();
  const view = filter.view === "" ? "open" : filter.view;
  return (
    <nav className={styles.rail} aria-label={t("worklist.filters")}>
      <ul>
        {VIEWS.map((word, index) => (
          <li key={word}>
            <button
              ref={index === 0 ? first : undefined}
              className={styles.view}
              aria-pressed={view === word}
              onClick={() => onFilter({ ...NO_FILTER, q: filter.q, view: word === "open" ? "" : word })}
            >
              {t(`views.${word}`)}
            </button>
          </li>
        ))}
      </ul>
      <Choice
        label={t("columns.status")}
        value={filter.status}
        options={STATUS_WORDS.map((word) => [word, t(`status.${word}`)])}
        onChange={(status) => onFilter({ ...filter, status })}
      />
      <Choice
        label={t("worklist.examClass")}
        value={filter.exam_class}
        options={EXAM_CLASSES.map((word) => [word, t(`examClass.${word}`)])}
        onChange={(exam_class) => onFilter({ ...filter, exam_class })}
      />
      {hospitals.length > 1 && (
        <Choice
          label={t("columns.hospital")}
          value={filter.hospital}
          options={hospitals.map((each) => [each.id, each.name])}
          onChange={(hospital) => onFilter({ ...filter, hospital })}
        />
      )}
      <Saved key={userId} userId={userId} filter={filter} onFilter={onFilter} />
    </nav>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps): ReactElement {
  const { t } = useTranslation();
  return (
    <label className={controls.field}>
      <span className={controls.label}>{label}</span>
      <select className={controls.input} value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{t("common.all")}</option>
        {options.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

function Saved({ userId, filter, onFilter }: Pick<Props, "userId" | "filter" | "onFilter">): ReactElement {
  const { t } = useTranslation();
  const store = useMemo(() => new SavedViews(userId, localStorage), [userId]);
  const [views, setViews] = useState(() => store.all());
  const [name, setName] = useState("");
  const save = (event: FormEvent): void => {
    event.preventDefault();
    setViews(store.save(name, filter));
    setName("");
  };
  return (
    <section className={styles.saved} aria-label={t("worklist.saved")}>
      <h2>{t("worklist.saved")}</h2>
      {views.length === 0 && <p className={styles.dim}>{t("worklist.savedNone")}</p>}
      <ul>
        {views.map((each) => (
          <li key={each.name} className={styles.savedView}>
            <button className={styles.view} onClick={() => onFilter(each.filter)}>
              {each.name}
            </button>
            <button
              className={`${controls.button} ${controls.quiet}`}
              onClick={() => setViews(store.remove(each.name))}
              aria-label={t("worklist.savedRemove", { name: each.name })}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
      <form className={styles.save} onSubmit={save}>
        <input
          className={controls.input}
          value={name}
          maxLength={40}
          onChange={(event) => setName(event.target.value)}
          aria-label={t("worklist.savedName")}
          placeholder={t("worklist.savedName")}
        />
        <button className={controls.button} disabled={name.trim() === ""} aria-label={t("worklist.savedSave")}>
          <Icon name="plus" />
        </button>
      </form>
    </section>
  );
}
