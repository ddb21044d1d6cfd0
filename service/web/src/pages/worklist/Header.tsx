import { type FormEvent, type ReactElement, type RefObject, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { TopBar } from "../../app/TopBar";
import controls from "../../ui/controls.module.css";
import { Icon } from "../../ui/icons";
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
  const rail = (
    <button
      className={`${controls.button} ${controls.quiet}`}
      aria-pressed={isRailShown}
      aria-label={t("worklist.filters")}
      onClick={onRail}
    >
      <Icon name="filter" />
    </button>
  );
  return (
    <TopBar lead={rail}>
      <SearchBox input={search} q={q} onSearch={onSearch} />
    </TopBar>
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
