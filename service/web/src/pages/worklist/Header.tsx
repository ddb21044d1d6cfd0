import { type FormEvent, type ReactElement, type RefObject, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { sessionApi } from "../../api/session";
import { session, useReader } from "../../app/session";
import controls from "../../ui/controls.module.css";
import { Icon } from "../../ui/icons";
import { LanguageSwitch } from "../../ui/LanguageSwitch";
import markUrl from "../../ui/mark.svg";
import styles from "./worklist.module.css";

interface Props {
  search: RefObject<HTMLInputElement | null>;
  q: string;
  isRailShown: boolean;
  onSearch: (q: string) => void;
  onRail: () => void;
}

/** A person is searched for when typing pauses, so that a name typed by an input method is asked once. */
const PAUSE_MS = 250;

export function Header({ search, q, isRailShown, onSearch, onRail }: Props): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  return (
    <header className={styles.header}>
      <button
        className={`${controls.button} ${controls.quiet}`}
        aria-pressed={isRailShown}
        aria-label={t("worklist.filters")}
        onClick={onRail}
      >
        <Icon name="filter" />
      </button>
      <img src={markUrl} alt="" width="26" height="26" />
      <span className={styles.brand}>{t("worklist.title")}</span>
      {reader.is_demo && <span className={styles.demo}>{t("common.demo")}</span>}
      <SearchBox input={search} q={q} onSearch={onSearch} />
      <span className={styles.who}>
        <Icon name="user" /> {reader.user.name}
      </span>
      <LanguageSwitch onChosen={(chosen) => void sessionApi.setLanguage(chosen).then((view) => session.enter(view))} />
      <button
        className={`${controls.button} ${controls.quiet}`}
        onClick={() => void session.lock()}
        aria-label={t("lock.lock")}
        title={t("lock.lock")}
      >
        <Icon name="lock" />
      </button>
      <button className={`${controls.button} ${controls.quiet}`} onClick={() => void session.leave()}>
        {t("common.leave")}
      </button>
    </header>
  );
}

function SearchBox({ input, q, onSearch }: { input: Props["search"]; q: string; onSearch: Props["onSearch"] }): ReactElement {
  const { t } = useTranslation();
  const [text, setText] = useState(q);
  const [isComposing, setComposing] = useState(false);
  useEffect(() => setText(q), [q]);
  useEffect(() => {
    if (isComposing || text === q) return undefined;
    const timer = setTimeout(() => onSearch(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, q, isComposing, onSearch]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSearch(text);
    input.current?.blur();
  };
  return (
    <form className={styles.search} role="search" onSubmit={submit}>
      <Icon name="search" />
      <input
        ref={input}
        className={controls.input}
        type="search"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onCompositionStart={() => setComposing(true)}
        onCompositionEnd={() => setComposing(false)}
        placeholder={t("worklist.search")}
        aria-label={t("worklist.search")}
      />
      <kbd>/</kbd>
    </form>
  );
}
