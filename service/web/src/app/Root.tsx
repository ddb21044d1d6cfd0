import { useQueryClient } from "@tanstack/react-query";
import { Outlet } from "@tanstack/react-router";
import { type ReactElement, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { SessionView } from "../api/types";
import { LoginPage } from "../pages/login/LoginPage";
import controls from "../ui/controls.module.css";
import { Notice } from "../ui/Notice";
import { Activity } from "./activity";
import { KeyHelp } from "./KeyHelp";
import { keyboard, useKeys } from "./keyboard";
import { LockOverlay } from "./LockOverlay";
import styles from "./Root.module.css";
import { session, useSession } from "./session";

/** What stands around every page. Whoever is not signed in sees the login at the same address, and is there afterwards. */
export function Root(): ReactElement {
  const { t } = useTranslation();
  const state = useSession();
  useEffect(() => {
    window.addEventListener("keydown", keyboard.handle);
    void session.ask();
    return () => window.removeEventListener("keydown", keyboard.handle);
  }, []);
  if (state.kind === "asking") return <p className={styles.middle}>{t("common.loading")}</p>;
  if (state.kind === "away") return <Away />;
  if (state.kind === "nobody") return <LoginPage view={null} />;
  if (state.view.needs !== null) return <LoginPage view={state.view} />;
  return <Inside key={state.view.user.id} view={state.view} />;
}

function Inside({ view }: { view: SessionView }): ReactElement {
  const wasOpen = useRef(false);
  if (!view.locked) wasOpen.current = true;
  useEffect(() => new Activity().watch(view.idle_lock_s), [view.idle_lock_s]);
  // What one person asked for is not shown to the next.
  const queries = useQueryClient();
  useEffect(() => () => queries.clear(), [queries]);
  useKeys({ lock: () => void session.lock() });
  return (
    <>
      {wasOpen.current && <Outlet />}
      <KeyHelp />
      {view.locked && <LockOverlay view={view} />}
    </>
  );
}

function Away(): ReactElement {
  const { t } = useTranslation();
  return (
    <main className={styles.middle}>
      <Notice tone="wrong">{t("problem.unreachable")}</Notice>
      <button className={controls.button} onClick={() => void session.ask()}>
        {t("common.again")}
      </button>
    </main>
  );
}
