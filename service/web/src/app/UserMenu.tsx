import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactElement, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { sessionApi } from "../api/session";
import controls from "../ui/controls.module.css";
import { Icon } from "../ui/icons";
import { LanguageSwitch } from "../ui/LanguageSwitch";
import { keyboard, printed, useKeys } from "./keyboard";
import { session, useReader } from "./session";
import styles from "./TopBar.module.css";
import { useRoleWords } from "./words";

/** Who one is, and what one does about oneself: account, language, lock, sign out. */
export function UserMenu(): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <div className={styles.who}>
      <button
        ref={button}
        className={`${controls.button} ${controls.quiet}`}
        aria-expanded={isOpen}
        aria-label={t("places.mine", { name: reader.user.name })}
        onClick={() => setOpen((open) => !open)}
      >
        <Icon name="user" /> {reader.user.name}
      </button>
      {isOpen && <Menu onClose={close} onLeft={() => setOpen(false)} button={button} />}
    </div>
  );
}

interface MenuProps {
  onClose: () => void;
  /** Focus or pointer went elsewhere: it stays there. */
  onLeft: () => void;
  button: React.RefObject<HTMLButtonElement | null>;
}

function Menu({ onClose, onLeft, button }: MenuProps): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  const navigate = useNavigate();
  const roleWords = useRoleWords();
  const panel = useRef<HTMLDivElement>(null);
  useKeys({ close: onClose });
  useEffect(() => {
    panel.current?.querySelector("a")?.focus();
    const left = (event: Event): void => {
      const target = event.target as Node;
      if (panel.current?.contains(target) !== true && button.current?.contains(target) !== true) onLeft();
    };
    document.addEventListener("pointerdown", left);
    document.addEventListener("focusin", left);
    return () => {
      document.removeEventListener("pointerdown", left);
      document.removeEventListener("focusin", left);
    };
  }, [onLeft, button]);
  const leave = async (): Promise<void> => {
    await session.leave();
    await navigate({ to: "/" });
  };
  return (
    <div ref={panel} className={styles.menu}>
      <p className={styles.name}>{reader.user.name}</p>
      <p className={styles.roles}>{roleWords(reader.user.roles)}</p>
      <Link to="/account" className={styles.choice} onClick={onLeft}>
        <Icon name="user" /> {t("places.account")}
      </Link>
      <div className={styles.language}>
        {t("common.language")}
        <LanguageSwitch onChosen={(chosen) => void sessionApi.setLanguage(chosen).then((view) => session.enter(view))} />
      </div>
      <button className={styles.choice} onClick={() => void session.lock()}>
        <Icon name="lock" /> {t("lock.lock")}
        <span className={styles.keys}>
          {printed(keyboard.table.lock[0] ?? "").map((key) => (
            <kbd key={key}>{key}</kbd>
          ))}
        </span>
      </button>
      <button className={styles.choice} onClick={() => void leave()}>
        <Icon name="back" /> {t("common.leave")}
      </button>
    </div>
  );
}
