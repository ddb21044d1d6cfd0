import { type ReactElement, type RefObject, useState } from "react";
import { useTranslation } from "react-i18next";

import { sessionApi } from "../../api/session";
import { Notice } from "../../ui/Notice";
import { TextField } from "../../ui/TextField";
import { RefusalNotice } from "./RefusalNotice";
import { type Attempt, useAttempt } from "./useAttempt";

const EMPTY = { old: "", fresh: "", again: "" };

type Typed = typeof EMPTY;

export interface PasswordChange {
  typed: Typed;
  type: (changed: Partial<Typed>) => void;
  attempt: Attempt;
  /** The new password was typed in two ways. */
  isDiffering: boolean;
  /** Whether there is something to send, and it may be sent. */
  isReady: boolean;
  /** Send it; true when the password is another one now. */
  change: () => Promise<boolean>;
}

/** A password in place of the old one. What makes a good one is the centre's to say. */
export function usePasswordChange(): PasswordChange {
  const [typed, setTyped] = useState(EMPTY);
  const [isDiffering, setDiffering] = useState(false);
  const attempt = useAttempt();
  const isReady = !attempt.isBusy && attempt.minutes === null && Object.values(typed).every((each) => each !== "");
  const change = async (): Promise<boolean> => {
    setDiffering(typed.fresh !== typed.again);
    if (!isReady || typed.fresh !== typed.again) return false;
    if ((await attempt.make(() => sessionApi.setPassword(typed.old, typed.fresh))) !== null) return false;
    setTyped(EMPTY);
    return true;
  };
  const type = (changed: Partial<Typed>): void => setTyped((before) => ({ ...before, ...changed }));
  return { typed, type, attempt, isDiffering, isReady, change };
}

interface Props {
  of: PasswordChange;
  first?: RefObject<HTMLInputElement | null>;
}

/** The three fields of a change of password, and why the last try failed. */
export function PasswordFields({ of, first }: Props): ReactElement {
  const { t } = useTranslation();
  const { typed, type, attempt, isDiffering } = of;
  return (
    <>
      <TextField
        label={t("login.newPassword.old")}
        value={typed.old}
        onChange={(old) => type({ old })}
        {...(first === undefined ? {} : { input: first })}
        type="password"
        autoComplete="current-password"
        isWrong={attempt.refusal?.kind === "wrong"}
      />
      <TextField
        label={t("login.newPassword.fresh")}
        value={typed.fresh}
        onChange={(fresh) => type({ fresh })}
        type="password"
        autoComplete="new-password"
        isWrong={attempt.refusal?.kind === "told"}
      />
      <TextField
        label={t("login.newPassword.again")}
        value={typed.again}
        onChange={(again) => type({ again })}
        type="password"
        autoComplete="new-password"
        isWrong={isDiffering}
      />
      {isDiffering ? (
        <Notice tone="wrong">{t("login.newPassword.differ")}</Notice>
      ) : (
        <RefusalNotice refusal={attempt.refusal} minutes={attempt.minutes} wrong={t("login.newPassword.wrongOld")} />
      )}
    </>
  );
}
