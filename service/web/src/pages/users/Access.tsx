import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../api/problems";
import { type PersonView, usersApi } from "../../api/users";
import { Confirm } from "../../ui/Confirm";
import { Notice } from "../../ui/Notice";
import page from "../../ui/page.module.css";
import { useAct } from "../../ui/useAct";
import { SignedInAt } from "./SignedInAt";

const GRAVE = ["sessions", "reset", "forget", "disable"] as const;
type Grave = (typeof GRAVE)[number];

interface Props {
  person: PersonView;
  onDescribe: () => void;
  onChanged: (firstPassword: string | null) => Promise<void>;
}

/** What is done about somebody's access. What ends their work is confirmed with their login name. */
export function Access({ person, onDescribe, onChanged }: Props): ReactElement {
  const { t } = useTranslation();
  const { login } = person;
  const [asked, setAsked] = useState<Grave | null>(null);
  const { isBusy, fault, run } = useAct();
  const acts: Record<Grave, () => Promise<string | null>> = {
    sessions: () => usersApi.endSessions(person.id).then(() => null),
    reset: async () => (await usersApi.resetPassword(person.id)).first_password,
    forget: () => usersApi.resetSecondFactor(person.id).then(() => null),
    disable: () => usersApi.disable(person.id).then(() => null),
  };
  const offered = GRAVE.filter((each) => each !== "forget" || person.has_second_factor);
  const about = (each: Grave): string => t("users.aboutWhom", { act: t(`users.${each}.act`), name: person.name });
  return (
    <div className={page.acts}>
      <button
        className={page.link}
        aria-label={t("users.aboutWhom", { act: t("users.change"), name: person.name })}
        onClick={onDescribe}
      >
        {t("users.change")}
      </button>
      {!person.is_disabled &&
        offered.map((each) => (
          <button key={each} className={page.link} aria-label={about(each)} onClick={() => setAsked(each)}>
            {t(`users.${each}.act`)}
          </button>
        ))}
      {person.is_disabled && (
        <button
          className={page.link}
          aria-label={t("users.aboutWhom", { act: t("users.enable"), name: person.name })}
          disabled={isBusy}
          onClick={() => void run(() => usersApi.enable(person.id).then(() => onChanged(null)))}
        >
          {t("users.enable")}
        </button>
      )}
      {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
      {asked !== null && (
        <Confirm
          title={about(asked)}
          typed={login}
          act={asked === "sessions" ? t("users.sessions.end") : t(`users.${asked}.act`)}
          onAct={async () => onChanged(await acts[asked]())}
          onClose={() => setAsked(null)}
        >
          {asked === "sessions" && <SignedInAt person={person} />}
          <p>{t(`users.${asked}.means`, { name: person.name })}</p>
        </Confirm>
      )}
    </div>
  );
}
